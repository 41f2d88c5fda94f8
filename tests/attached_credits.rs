//! A credit pool whose limit follows the pressure of real RocksDB.

mod stall;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use flink_state_backend::credit::{Clock, Controller, Pool, SystemClock};
use flink_state_backend::{Backend, Error};

const CAPACITY: u64 = 1000;
const LARGEST: u64 = 10;
/// To what the limit falls.
const FLOOR: u64 = 2 * LARGEST;
/// No period is longer.
const PERIOD: u64 = 10_000;

#[derive(Clone, Default)]
struct Millis(Arc<AtomicU64>);

impl Clock for Millis {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(SeqCst))
    }
}

fn open(folder: &Path) -> Backend {
    Backend::open(stall::options(folder), None).expect("opens")
}

fn pool() -> Pool {
    Pool::new(CAPACITY, LARGEST, Box::new(SystemClock::new())).expect("valid")
}

/// A step of the controller, a period after the one before.
fn step(controller: &Controller, clock: &Millis) {
    clock.0.fetch_add(PERIOD, SeqCst);
    controller.step();
}

#[test]
fn the_limit_falls_to_a_probe_when_the_engine_stops_and_recovers_when_it_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (backend, pool, clock) = (stall::open(folder.path()), pool(), Millis::default());
    let controller = Controller::manual(Box::new(clock.clone()));
    let attachment = backend.attach_to(&controller, &pool).expect("attaches");
    let channel = pool.channel("source", 0).expect("opens");
    let limits = || {
        // As many as there are, so that there is reason to allow more.
        let taken = channel.request(CAPACITY).expect("open");
        step(&controller, &clock);
        drop(taken);
        pool.figures().limit
    };
    assert_eq!([limits(), limits()], [CAPACITY, CAPACITY]);
    stall::stop(&backend);
    assert_eq!(limits(), FLOOR);
    assert!(pool.figures().is_probing);
    assert_eq!(controller.level().worst, 1.0);
    stall::go_on(&backend);
    assert_eq!([limits(), limits(), limits()], [25, 31, 39]);
    assert!(!pool.figures().is_probing);
    assert!((0..20).any(|_| limits() == CAPACITY));
    drop(attachment);
    stall::stop(&backend);
    assert_eq!(limits(), CAPACITY);
    backend.close().expect("closes");
}

#[test]
fn a_pool_of_a_closed_backend_keeps_its_floor_and_can_be_attached_to_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let (backend, pool, clock) = (open(folder.path()), pool(), Millis::default());
    let controller = Controller::manual(Box::new(clock.clone()));
    let attachment = backend.attach_to(&controller, &pool).expect("attaches");
    step(&controller, &clock);
    backend.close().expect("closes");
    let reopened = open(folder.path());
    let refused = reopened.attach_to(&controller, &pool).map(drop).expect_err("attached already");
    let named = format!("the pool of 1000 credits is attached to data folder '{}' already", folder.path().display());
    assert!(matches!(&refused, Error::StillInUse(text) if text.starts_with(&named)), "{refused}");
    (0..20).for_each(|_| step(&controller, &clock));
    assert_eq!((pool.figures().limit, pool.figures().is_probing), (FLOOR, false));
    assert_eq!(pool.channel("source", 0).and_then(|source| source.request(LARGEST)).expect("open").amount(), LARGEST);
    drop(attachment);
    let attachment = reopened.attach_to(&controller, &pool).expect("attaches");
    step(&controller, &clock);
    assert!(pool.figures().limit >= FLOOR);
    drop(reopened);
    drop(attachment);
}

/// Ends a loop, also when the test fails.
struct Ending<'a>(&'a AtomicU64);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(1, SeqCst);
    }
}

/// The controller's own thread looks at a backend that is closed at whatever moment.
#[test]
fn backends_close_and_reopen_while_a_thread_steers_by_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Millis::default();
    let controller = Controller::manual(Box::new(clock.clone()));
    let (steps, ended) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while ended.load(SeqCst) == 0 {
                step(&controller, &clock);
                steps.fetch_add(1, SeqCst);
            }
        });
        let _ending = Ending(&ended);
        let pools: Vec<Pool> = (0..20).map(|_| pool()).collect();
        for round in 0..40 {
            let backend = open(folder.path());
            // So many that at any moment one of them is likely to be looking.
            let attachments: Vec<_> =
                pools.iter().map(|pool| backend.attach_to(&controller, pool).expect("attaches")).collect();
            let before = steps.load(SeqCst);
            while steps.load(SeqCst) == before {
                thread::yield_now();
            }
            if round % 2 == 0 {
                backend.close().expect("closes");
            }
            drop(attachments);
        }
    });
}

#[test]
fn a_wait_for_credits_is_reported_and_steers_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (backend, time, clock) = (open(folder.path()), Millis::default(), Millis::default());
    let pool = Pool::new(CAPACITY, LARGEST, Box::new(time.clone())).expect("valid");
    let controller = Controller::manual(Box::new(clock.clone()));
    let attachment = backend.attach_to(&controller, &pool).expect("attaches");
    assert_eq!(backend.pressure().expect("reads").queue_wait_share, 0.0);
    let source = pool.channel("source", 0).expect("opens");
    let all = source.request(CAPACITY).expect("open");
    let waiting = source.enqueue(1, None).expect("open");
    time.0.store(50, SeqCst);
    let pressure = backend.pressure().expect("reads");
    assert_eq!((pressure.queue_wait_share, pressure.effective), (0.5, 0.5));
    time.0.store(1000, SeqCst);
    assert_eq!(backend.pressure().expect("reads").effective, 1.0);
    (0..5).for_each(|_| step(&controller, &clock));
    assert_eq!((pool.figures().limit, controller.level().worst), (CAPACITY, 1.0));
    drop(attachment);
    assert_eq!(backend.pressure().expect("reads").queue_wait_share, 0.0);
    drop((all, waiting));
    backend.close().expect("closes");
}
