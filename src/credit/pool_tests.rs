//! The pool by example: tokens, counts, tickets, completions.

use std::sync::atomic::AtomicU64 as Millis;
use std::thread;
use std::time::Duration;

use super::ledger::Outcome;
use super::{Acquired, Clock, Completion, Credits, Pool, SystemClock};
use crate::error::{Error, Result};

/// A clock that stands still until it is set.
#[derive(Clone, Default)]
struct Set(std::sync::Arc<Millis>);

impl Set {
    fn to(&self, millis: u64) {
        self.0.store(millis, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for Set {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

const NOW: Option<Duration> = Some(Duration::ZERO);

fn pool(capacity: u64) -> (Pool, Set) {
    let clock = Set::default();
    let pool = Pool::new(capacity, (capacity / 2).max(1), Box::new(clock.clone())).expect("valid");
    (pool, clock)
}

fn granted(acquired: Result<Acquired>) -> Credits {
    match acquired {
        Ok(Acquired::Granted(credits)) => credits,
        other => panic!("{other:?} instead of credits"),
    }
}

fn outstanding(pool: &Pool) -> u64 {
    pool.figures().outstanding
}

#[test]
fn credits_come_back_when_dropped_in_a_panic_too() {
    let (pool, _) = pool(10);
    let channel = pool.channel("source", 0).expect("open");
    let credits = channel.request(7).expect("open");
    assert_eq!((credits.amount(), outstanding(&pool)), (7, 7));
    drop(credits);
    let other = channel.clone();
    let panicked = thread::spawn(move || {
        let _credits = other.request(10).expect("open");
        panic!("while credits are out");
    });
    assert!(panicked.join().is_err());
    assert_eq!(outstanding(&pool), 0);
}

#[test]
fn kept_credits_come_back_by_count_and_no_more_than_are_out() {
    let (pool, _) = pool(10);
    let channel = pool.channel("source", 0).expect("open");
    assert_eq!(channel.request(4).expect("open").keep(), 4);
    let held = channel.request(3).expect("open");
    let text = channel.replenish(5).expect_err("refused").to_string();
    assert!(text.contains("'source'") && text.contains('5') && text.contains('4'), "{text}");
    assert!(channel.replenish(0).is_err());
    assert_eq!(outstanding(&pool), 7);
    channel.replenish(1).expect("out");
    channel.refund(1).expect("out");
    assert_eq!((outstanding(&pool), channel.kept(), pool.figures().counts.congestions), (5, 2, 1));
    drop(channel);
    assert_eq!(outstanding(&pool), 5, "credits that are held keep their channel");
    held.refund();
    assert_eq!((outstanding(&pool), pool.figures().channels, pool.figures().counts.congestions), (0, 0, 2));
}

#[test]
fn a_blocked_call_goes_on_when_credits_come_back() {
    let (pool, _) = pool(10);
    let channel = pool.channel("source", 0).expect("open");
    let all = channel.request(10).expect("open");
    let ticket = channel.enqueue(5, None).expect("open");
    let waiting = thread::spawn(move || granted(ticket.wait()).amount());
    drop(all);
    assert_eq!(waiting.join().expect("no panic"), 5);
    assert_eq!(outstanding(&pool), 0);
}

#[test]
fn a_blocked_call_ends_when_cancelled_or_closed() {
    let (pool, _) = pool(10);
    let channel = pool.channel("source", 0).expect("open");
    let _all = channel.request(10).expect("open");
    let [cancelled, closed] = [(); 2].map(|()| channel.enqueue(5, None).expect("open"));
    let canceller = cancelled.canceller();
    let [cancelled, closed] = [cancelled, closed].map(|ticket| thread::spawn(move || ticket.wait().map(drop_credits)));
    assert!(canceller.cancel() && !canceller.cancel());
    assert_eq!(cancelled.join().expect("no panic").expect("no error"), "cancelled");
    pool.close();
    assert!(matches!(closed.join().expect("no panic"), Err(Error::CreditsClosed(name)) if name == "source"));
    assert!(matches!(channel.request(1), Err(Error::CreditsClosed(_))));
    assert!(pool.channel("late", 0).is_err());
}

fn drop_credits(acquired: Acquired) -> &'static str {
    match acquired {
        Acquired::Granted(_) => "granted",
        Acquired::TimedOut => "timed out",
        Acquired::Cancelled => "cancelled",
    }
}

#[test]
fn a_deadline_in_the_past_answers_at_once_and_a_real_one_in_the_end() {
    let (pool, _) = pool(10);
    let channel = pool.channel("source", 0).expect("open");
    assert_eq!(granted(channel.acquire(5, NOW)).amount(), 5);
    let _all = channel.request(10).expect("open");
    assert!(matches!(channel.acquire(5, NOW), Ok(Acquired::TimedOut)));
    let real = Pool::new(1, 1, Box::new(SystemClock::new())).expect("valid");
    let channel = real.channel("real", 0).expect("open");
    let _all = channel.request(1).expect("open");
    assert!(matches!(channel.acquire(1, Some(Duration::from_millis(3))), Ok(Acquired::TimedOut)));
}

#[test]
fn a_dropped_ticket_gives_up_its_place_or_its_credits() {
    let (pool, clock) = pool(10);
    let channel = pool.channel("source", 0).expect("open");
    let all = channel.request(10).expect("open");
    let [first, second] = [(); 2].map(|()| channel.enqueue(5, None).expect("open"));
    let third = channel.enqueue(5, Some(Duration::from_millis(20))).expect("open");
    drop(first);
    drop(all);
    assert!(second.is_ready() && third.is_ready());
    drop(second);
    assert_eq!(outstanding(&pool), 5);
    drop(third);
    assert_eq!(outstanding(&pool), 0);
    let _all = channel.request(10).expect("open");
    let late = channel.enqueue(5, Some(Duration::from_millis(20))).expect("open");
    clock.to(20);
    assert!(late.is_ready());
    assert_eq!(drop_credits(late.wait().expect("open")), "timed out");
}

#[test]
fn posted_calls_end_in_completions() {
    let (pool, clock) = pool(10);
    let channel = pool.channel("source", 0).expect("open");
    let mut ended = [Completion::default(); 4];
    channel.post(1, 5, None).expect("open");
    channel.post(2, 5, Some(Duration::from_millis(50))).expect("open");
    channel.post(3, 1, Some(Duration::from_millis(50))).expect("open");
    channel.post(4, 1, None).expect("open");
    channel.post(5, 1, None).expect("open");
    assert_eq!(channel.cancel(4), 1);
    clock.to(50);
    assert_eq!(pool.completions(Duration::ZERO, &mut ended), Some(4));
    assert_eq!(
        ended.map(|ended| (ended.number, ended.credits, ended.outcome)),
        [(1, 5, Outcome::Granted), (2, 5, Outcome::Granted), (4, 0, Outcome::Cancelled), (3, 0, Outcome::TimedOut),]
    );
    assert_eq!(pool.completions(Duration::ZERO, &mut ended), Some(0));
    pool.close();
    assert_eq!(pool.completions(Duration::MAX, &mut ended), Some(1));
    assert_eq!((ended[0].number, ended[0].is_granted()), (5, false));
    assert_eq!(pool.completions(Duration::MAX, &mut ended), None);
    channel.replenish(10).expect("out, also after the close");
    assert_eq!(outstanding(&pool), 0);
}

#[test]
fn a_thread_that_waits_for_completions_is_woken() {
    let (pool, _) = pool(10);
    let channel = pool.channel("source", 0).expect("open");
    let pump = thread::spawn({
        let pool = pool.clone();
        move || {
            let mut numbers = Vec::new();
            let mut ended = [Completion::default(); 2];
            while let Some(count) = pool.completions(Duration::MAX, &mut ended) {
                numbers.extend(ended[..count].iter().map(|ended| ended.number));
            }
            numbers
        }
    });
    (0..100).for_each(|number| {
        channel.post(number, 1, None).expect("open");
        let _ = channel.replenish(1);
    });
    pool.close();
    assert_eq!(pump.join().expect("no panic"), (0..100).collect::<Vec<_>>());
}

#[test]
fn the_wait_in_the_queue_is_measured() {
    let (pool, clock) = pool(10);
    let channel = pool.channel("source", 0).expect("open");
    let all = channel.request(10).expect("open");
    let ticket = channel.enqueue(5, None).expect("open");
    clock.to(300);
    assert_eq!(pool.figures().queue_wait, Duration::from_millis(300), "the oldest still waits");
    drop(all);
    drop(ticket);
    let wait = pool.figures().queue_wait;
    assert!(wait >= Duration::from_millis(300) && wait <= Duration::from_millis(375), "{wait:?}");
}

#[test]
fn capacities_out_of_range_are_refused() {
    for (capacity, largest, culprit) in
        [(0, 1, "capacity"), (u64::MAX, 1, "capacity"), (10, 0, "largest_request"), (10, 6, "largest_request")]
    {
        let refused = Pool::new(capacity, largest, Box::new(Set::default())).err().expect("refused").to_string();
        assert!(refused.contains(culprit), "{refused}");
    }
    assert!(Pool::new(1, 1, Box::new(Set::default())).is_ok());
}
