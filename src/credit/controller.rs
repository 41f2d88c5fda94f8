//! [`Controller`]: applies the law to the pools of the process, once per period each.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use super::clock::{Clock, SystemClock};
use super::law::{Law, Limit, Signal, Usage, SHORTEST_PERIOD};
use super::pool::Pool;
use super::sync::{Arc, Condvar, Mutex, MutexGuard};
use crate::error::{Error, Result};

/// Says how an engine feels.
pub trait PressureSource: Send + Sync {
    /// The signal now. Called by the controller, ten times a second; one that panics counts as [`Signal::UNKNOWN`].
    fn signal(&self) -> Signal;

    /// What it tells of, for errors.
    fn name(&self) -> String {
        "a source of pressure".to_owned()
    }
}

/// The pressure of all pools that a controller holds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SystemLevel {
    /// Mean over the pools, from 0 to 1; 0 without pools.
    pub mean: f64,
    /// That of the worst pool.
    pub worst: f64,
    /// Pools held.
    pub pools: usize,
}

/// Steps the limit of each pool once per period: the mean flush time of its engine, at least 100 ms.
///
/// One that [steps by itself](Controller::steering) keeps a thread while it holds pools, and none otherwise.
pub struct Controller {
    state: Mutex<State>,
    changed: Condvar,
    clock: Box<dyn Clock>,
    threaded: bool,
}

#[derive(Default)]
struct State {
    stages: Vec<Arc<Stage>>,
    running: bool,
}

/// A pool and what drives it.
struct Stage {
    pool: Pool,
    queue_wait_target: Duration,
    course: Mutex<Course>,
    /// Signalled when the source has answered.
    answered: Condvar,
}

struct Course {
    law: Law,
    congestions: u64,
    level: f64,
    due: Duration,
    /// The source is being asked. No lock is held meanwhile.
    asking: bool,
    /// None once detached: nobody has it any more then.
    source: Option<Arc<dyn PressureSource>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Stage {
    fn new(pool: &Pool, source: Box<dyn PressureSource>, queue_wait_target: Duration) -> Self {
        let (capacity, floor) = pool.range();
        let (congestions, _) = pool.usage();
        let law = Law::new(capacity, floor);
        let source = Some(source.into());
        let course = Course { law, congestions, level: 0.0, due: Duration::ZERO, asking: false, source };
        Self { pool: pool.clone(), queue_wait_target, course: Mutex::new(course), answered: Condvar::new() }
    }

    /// Steps when it is due, and returns when it is due next.
    fn step(&self, now: Duration) -> Duration {
        let source = match self.begin(now) {
            Ok(source) => source,
            Err(due) => return due,
        };
        let signal = catch_unwind(AssertUnwindSafe(|| source.signal())).unwrap_or(Signal::UNKNOWN);
        drop(source);
        let mut course = lock(&self.course);
        course.asking = false;
        self.answered.notify_all();
        if course.source.is_none() {
            return course.due;
        }
        let (congestions, peak) = self.pool.usage();
        let usage = Usage { peak, congested: congestions != course.congestions };
        course.congestions = congestions;
        if let Some(Limit { credits, probing }) = course.law.step(now, &signal, usage) {
            self.pool.set(credits, probing);
        }
        course.level = signal.pressure().max(self.waiting());
        course.due
    }

    /// Marks a step as begun, or returns when it is due.
    fn begin(&self, now: Duration) -> std::result::Result<Arc<dyn PressureSource>, Duration> {
        let mut course = lock(&self.course);
        // A clock that jumps backwards must not put a step off for long.
        course.due = course.due.min(now + SHORTEST_PERIOD);
        let due = course.due;
        let source = course.source.clone().filter(|_| !course.asking && now >= due).ok_or(due)?;
        course.due = now + SHORTEST_PERIOD;
        course.asking = true;
        Ok(source)
    }

    fn detach(&self) {
        let mut course = lock(&self.course);
        let source = course.source.take();
        while course.asking {
            course = self.answered.wait(course).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        drop(course);
        drop(source);
    }

    fn source_name(&self) -> String {
        lock(&self.course).source.as_ref().map_or_else(|| "what is being detached".to_owned(), |source| source.name())
    }

    /// The queue's wait as a part of its target. It tells the producer how it stands, and never steers the limit: a smaller limit would
    /// only make the queue longer.
    fn waiting(&self) -> f64 {
        let target = self.queue_wait_target.as_secs_f64();
        let wait = self.pool.figures().queue_wait.as_secs_f64();
        if target > 0.0 {
            (wait / target).min(1.0)
        } else {
            f64::from(u8::from(wait > 0.0))
        }
    }
}

impl Controller {
    /// One that steps only when told to, by `clock`.
    pub fn manual(clock: Box<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), changed: Condvar::new(), clock, threaded: false })
    }

    /// The one of the process. It steps by itself.
    pub fn process() -> &'static Arc<Self> {
        static PROCESS: OnceLock<Arc<Controller>> = OnceLock::new();
        PROCESS.get_or_init(Self::steering)
    }

    /// One that steps by itself.
    pub fn steering() -> Arc<Self> {
        let clock = Box::new(SystemClock::new());
        Arc::new(Self { state: Mutex::default(), changed: Condvar::new(), clock, threaded: true })
    }

    /// Has the limit of `pool` follow `source` until the attachment is dropped. `queue_wait_target` is the wait in the pool's queue that
    /// counts as full pressure in the [level](Controller::level). The pool starts at its full capacity.
    ///
    /// # Errors
    /// [`Error::StillInUse`] when this controller holds the pool already.
    pub fn attach(
        self: &Arc<Self>, pool: &Pool, source: Box<dyn PressureSource>, queue_wait_target: Duration,
    ) -> Result<Attachment> {
        let stage = Arc::new(Stage::new(pool, source, queue_wait_target));
        let mut state = lock(&self.state);
        if let Some(other) = state.stages.iter().find(|other| other.pool.is(pool)) {
            return Err(Error::StillInUse(format!(
                "the pool of {} credits is attached to {} already; detach it first",
                pool.range().0,
                other.source_name()
            )));
        }
        state.stages.push(Arc::clone(&stage));
        if self.threaded && !state.running {
            let controller = Arc::clone(self);
            let spawned = thread::Builder::new().name("fsb-credits".to_owned()).spawn(move || controller.run());
            // NOTE: without a thread the pool keeps its full capacity; the next attachment tries again.
            state.running = spawned.is_ok();
        }
        drop(state);
        self.changed.notify_all();
        Ok(Attachment { controller: Arc::clone(self), stage })
    }

    /// Steps the pools that are due, and returns when the next one is; None without pools.
    pub fn step(&self) -> Option<Duration> {
        let now = self.clock.now();
        let stages = lock(&self.state).stages.clone();
        stages.iter().map(|stage| stage.step(now)).min()
    }

    /// The level of the system: the pressure of each pool's engine, or its queue's wait, whichever is worse.
    pub fn level(&self) -> SystemLevel {
        let stages = lock(&self.state).stages.clone();
        let levels = || stages.iter().map(|stage| lock(&stage.course).level);
        let pools = stages.len();
        SystemLevel { mean: levels().sum::<f64>() / pools.max(1) as f64, worst: levels().fold(0.0, f64::max), pools }
    }

    /// The thread: steps what is due and waits for what is due next, until no pool is left.
    fn run(&self) {
        loop {
            self.step();
            let state = lock(&self.state);
            if state.stages.is_empty() {
                break self.stop(state);
            }
            let due = state.stages.iter().map(|stage| lock(&stage.course).due).min().unwrap_or_default();
            let left = due.saturating_sub(self.clock.now());
            if !left.is_zero() {
                drop(self.changed.wait_timeout(state, left));
            }
        }
    }

    fn stop(&self, mut state: MutexGuard<'_, State>) {
        state.running = false;
        self.changed.notify_all();
    }
}

/// A pool's place in a controller; dropped, it gives that up. The source is not asked any more once the drop is done.
#[must_use = "a pool is steered until its attachment is dropped"]
pub struct Attachment {
    controller: Arc<Controller>,
    stage: Arc<Stage>,
}

impl Attachment {
    /// Has the next step be due at once: for a source that has just heard of a stop.
    pub fn alert(&self) {
        lock(&self.stage.course).due = Duration::ZERO;
        // IMPORTANT: with the lock, so that it does not fall between the thread's look at what is due and its wait.
        drop(lock(&self.controller.state));
        self.controller.changed.notify_all();
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.stage.detach();
        lock(&self.controller.state).stages.retain(|stage| !Arc::ptr_eq(stage, &self.stage));
        self.controller.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{channel, Receiver, Sender};

    use super::*;

    /// Tells every question that it is asked.
    struct Asked(Sender<()>);

    impl PressureSource for Asked {
        fn signal(&self) -> Signal {
            // The test may have seen enough.
            let _ = self.0.send(());
            Signal::UNKNOWN
        }
    }

    /// Looks at what its own answer is part of.
    struct Curious(std::sync::Weak<Controller>);

    impl PressureSource for Curious {
        fn signal(&self) -> Signal {
            let controller = self.0.upgrade().expect("it is stepping");
            assert_eq!(controller.level().pools, 1);
            assert!(controller.step().is_some());
            Signal { effective: 0.25, ..Signal::UNKNOWN }
        }
    }

    #[test]
    fn a_source_is_asked_without_a_lock() {
        let controller = Controller::manual(Box::new(SystemClock::new()));
        let pool = Pool::new(1000, 10, Box::new(SystemClock::new())).expect("valid");
        let source = Box::new(Curious(Arc::downgrade(&controller)));
        let _attachment = controller.attach(&pool, source, SHORTEST_PERIOD).expect("not attached");
        controller.step();
        assert_eq!(controller.level().worst, 0.25, "the source panicked");
    }

    /// Answers when it is told to.
    struct Slow(Sender<()>, Mutex<Receiver<()>>);

    impl PressureSource for Slow {
        fn signal(&self) -> Signal {
            self.0.send(()).expect("waited for");
            lock(&self.1).recv().expect("told to answer");
            Signal::UNKNOWN
        }
    }

    #[test]
    fn a_detach_waits_for_the_question_under_way() {
        let controller = Controller::manual(Box::new(SystemClock::new()));
        let pool = Pool::new(1000, 10, Box::new(SystemClock::new())).expect("valid");
        let ((asked, questions), (answer, answers), (detached, detaches)) = (channel(), channel(), channel());
        let source = Box::new(Slow(asked, Mutex::new(answers)));
        let attachment = controller.attach(&pool, source, SHORTEST_PERIOD).expect("not attached");
        let stage = Arc::clone(&attachment.stage);
        thread::scope(|scope| {
            scope.spawn(|| controller.step());
            questions.recv().expect("asked");
            scope.spawn(move || {
                drop(attachment);
                detached.send(()).expect("waited for");
            });
            while lock(&stage.course).source.is_some() {
                thread::yield_now();
            }
            (0..1000).for_each(|_| thread::yield_now());
            let is_early = detaches.try_recv().is_ok();
            answer.send(()).expect("waited for");
            assert!(!is_early, "detached while its source is asked");
            detaches.recv().expect("detaches");
        });
    }

    #[test]
    fn the_thread_steps_while_there_are_pools_and_ends_with_the_last() {
        let controller = Controller::steering();
        for _ in 0..2 {
            let pool = Pool::new(1000, 10, Box::new(SystemClock::new())).expect("valid");
            let (asked, questions) = channel();
            let attachment = controller.attach(&pool, Box::new(Asked(asked)), SHORTEST_PERIOD).expect("not attached");
            (0..3).for_each(|_| questions.recv().expect("asked again"));
            assert!(pool.figures().limit < 1000);
            drop(attachment);
            // The source goes with the thread's last look at it.
            while questions.recv().is_ok() {}
            assert_eq!(controller.level(), SystemLevel::default());
            let mut state = lock(&controller.state);
            while state.running {
                state = controller.changed.wait(state).expect("not poisoned");
            }
        }
    }
}
