//! The credit pool under a concurrency checker: its sources, with the checker's locks in the place of the system's, run in random
//! schedules. A schedule that fails is printed and can be replayed.

#[path = "../src/credit"]
mod credit {
    #![allow(dead_code, unused_imports)]
    pub mod clock;
    pub mod ledger;
    pub mod pool;
    pub mod waits;

    pub mod sync {
        pub use shuttle::sync::atomic::{AtomicU64, AtomicU8, Ordering};
        pub use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard};
    }
}

mod error {
    pub use flink_state_backend::error::{Error, Result};
}

use std::time::Duration;

use credit::clock::Clock;
use credit::pool::{Acquired, Channel, Completion, Pool};
use shuttle::thread;

/// Time is no part of the schedules.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

fn pool(capacity: u64) -> Pool {
    Pool::new(capacity, (capacity / 2).max(1), Box::new(Standing)).expect("valid")
}

fn check(schedules: usize, test: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random(test, schedules);
}

fn outstanding(pool: &Pool) -> u64 {
    pool.figures().outstanding
}

/// Takes, blocks, gives back; a lost wake-up is a deadlock, which the checker finds.
fn work(channel: &Channel, credits: u64) {
    let some = channel.request(credits).expect("open");
    match channel.acquire(1, None).expect("open") {
        Acquired::Granted(one) => assert_eq!(one.amount(), 1),
        other => panic!("{other:?}"),
    }
    drop(some);
}

#[test]
fn takers_and_givers_never_pass_the_capacity_and_never_hang() {
    check(40_000, || {
        let pool = pool(4);
        let channel = pool.channel("shared", 0).expect("open");
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (channel, pool) = (channel.clone(), pool.clone());
                thread::spawn(move || {
                    work(&channel, 1);
                    assert!(outstanding(&pool) <= 4);
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        assert_eq!(outstanding(&pool), 0);
    });
}

#[test]
fn counts_given_back_by_several_threads_are_taken_once() {
    check(20_000, || {
        let pool = pool(4);
        let channel = pool.channel("counted", 0).expect("open");
        assert_eq!(channel.request(3).expect("open").keep(), 3);
        let givers: Vec<_> = (0..2)
            .map(|_| {
                let channel = channel.clone();
                thread::spawn(move || u64::from(channel.replenish(2).is_ok()))
            })
            .collect();
        let taken: u64 = givers.into_iter().map(|thread| thread.join().expect("no panic")).sum();
        assert_eq!((taken, channel.kept(), outstanding(&pool)), (1, 1, 1));
    });
}

#[test]
fn a_cancel_a_grant_and_a_close_together_leave_no_credit_out() {
    check(40_000, || {
        let pool = pool(2);
        let channel = pool.channel("raced", 0).expect("open");
        let all = channel.request(2).expect("open");
        let ticket = channel.enqueue(1, None).expect("open");
        let canceller = ticket.canceller();
        let waiter = thread::spawn(move || drop(ticket.wait()));
        let cancel = thread::spawn(move || {
            // Whether it comes too late is a matter of the schedule.
            let _ = canceller.cancel();
        });
        let close = thread::spawn({
            let pool = pool.clone();
            move || pool.close()
        });
        drop(all);
        [waiter, cancel, close].into_iter().for_each(|thread| thread.join().expect("no panic"));
        assert_eq!(outstanding(&pool), 0);
    });
}

#[test]
fn every_posted_call_completes_for_a_pump() {
    check(10_000, || {
        let pool = pool(2);
        let channel = pool.channel("posted", 0).expect("open");
        let pump = thread::spawn({
            let (pool, channel) = (pool.clone(), channel.clone());
            move || {
                let mut seen = 0;
                let mut ended = [Completion::default(); 2];
                while let Some(count) = pool.completions(Duration::MAX, &mut ended) {
                    seen += count;
                    ended[..count].iter().filter(|ended| ended.is_granted()).for_each(|ended| {
                        channel.replenish(ended.credits).expect("out");
                    });
                    if seen == 3 {
                        pool.close();
                    }
                }
                seen
            }
        });
        let all = channel.request(2).expect("open");
        (0..3).for_each(|number| channel.post(number, 1, None).expect("open"));
        drop(all);
        assert_eq!((pump.join().expect("no panic"), outstanding(&pool)), (3, 0));
    });
}
