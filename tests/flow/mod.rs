//! An engine, a load and a pool between them, in steps of one millisecond.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flink_state_backend::credit::{Attachment, Channel, Clock, Completion, Controller, Pool, PressureSource, Signal};

pub const CAPACITY: u64 = 1000;
/// Credits of one call.
pub const CALL: u64 = 10;
/// Credits that the engine works off per millisecond.
pub const FULL_SPEED: f64 = 10.0;
/// The time in the engine that counts as full pressure.
pub const TARGET: Duration = Duration::from_millis(100);
/// How long a call waits for its credits.
pub const DEADLINE: Duration = Duration::from_millis(100);
/// Even an idle engine takes so long for a call, in milliseconds.
const LEAST_IN_ENGINE: u64 = 20;
/// The engine's signal changes when a flush ends, in milliseconds.
const FLUSH: u64 = 50;
/// What the engine holds before it stops taking writes.
const STOP_AT: u64 = CAPACITY * 6 / 5;

#[derive(Clone, Default)]
struct Millis(Arc<AtomicU64>);

impl Clock for Millis {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(SeqCst))
    }
}

/// Works calls off in order, and tells how it feels whenever a flush ends.
pub struct Engine {
    /// Credits per millisecond.
    pub speed: f64,
    /// Said instead of the truth.
    pub lie: Option<Signal>,
    /// Whether it refuses writes without saying that it stands still.
    pub refuses: bool,
    /// Whether asking it panics.
    pub panics: bool,
    /// How often it took no writes because it was full.
    pub stops: u64,
    /// Calls with the time at which they were sent and granted.
    held: VecDeque<(u64, u64)>,
    done: f64,
    told: f64,
}

impl Engine {
    pub fn new() -> Self {
        Self {
            speed: FULL_SPEED,
            lie: None,
            refuses: false,
            panics: false,
            stops: 0,
            held: VecDeque::new(),
            done: 0.0,
            told: 0.0,
        }
    }

    fn is_stopped(&self) -> bool {
        self.speed == 0.0
    }

    /// Takes a call in, unless it would have to wait.
    fn take(&mut self, sent: u64, now: u64) -> bool {
        if self.held.len() as u64 * CALL > STOP_AT {
            self.stops += 1;
        }
        let takes = !self.is_stopped() && !self.refuses;
        if takes {
            self.held.push_back((sent, now));
        }
        takes
    }

    /// Works for a millisecond and returns the calls that are done.
    fn work(&mut self, now: u64) -> Vec<(u64, u64)> {
        self.done = (self.done + self.speed).min(self.held.len() as f64 * CALL as f64);
        let mut done = Vec::new();
        while self.done >= CALL as f64
            && self.held.front().is_some_and(|call| now.saturating_sub(call.1) >= LEAST_IN_ENGINE || call.1 > now)
        {
            self.done -= CALL as f64;
            done.extend(self.held.pop_front());
        }
        self.done = self.done.min(2.0 * self.speed.max(CALL as f64));
        if now.is_multiple_of(FLUSH) {
            let held = self.held.len() as f64 * CALL as f64;
            let in_engine = held / self.speed.max(1e-9) / TARGET.as_millis() as f64;
            self.told = (held / CAPACITY as f64).max(in_engine).min(1.0);
        }
        done
    }
}

struct Source(Arc<Mutex<Engine>>);

impl PressureSource for Source {
    fn signal(&self) -> Signal {
        let engine = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(!engine.panics, "asked while it panics");
        engine.lie.unwrap_or(Signal {
            effective: engine.told,
            stopped: engine.is_stopped(),
            delayed: false,
            flush_time: Duration::from_millis(FLUSH),
        })
    }
}

/// What was seen in a run.
#[derive(Default)]
pub struct Course {
    /// The limit in each millisecond.
    pub limits: Vec<u64>,
    /// Calls that got their credits.
    pub granted: u64,
    /// Times in the engine, and times since a call was sent, in milliseconds.
    in_engine: Vec<u64>,
    since_sent: Vec<u64>,
}

impl Course {
    pub fn in_engine(&self, quantile: f64) -> Duration {
        at(&self.in_engine, quantile)
    }

    /// Time from when an admitted call was sent to when it was done.
    pub fn admitted(&self, quantile: f64) -> Duration {
        at(&self.since_sent, quantile)
    }

    /// What was worked off, as a part of what could have been.
    pub fn utilisation(&self, speed: f64) -> f64 {
        self.in_engine.len() as f64 * CALL as f64 / (self.limits.len() as f64 * speed)
    }
}

fn at(millis: &[u64], quantile: f64) -> Duration {
    let mut sorted = millis.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() as f64 * quantile).ceil() as usize;
    Duration::from_millis(sorted[rank.clamp(1, sorted.len()) - 1])
}

pub fn mean(limits: &[u64]) -> f64 {
    limits.iter().sum::<u64>() as f64 / limits.len() as f64
}

/// How far the limit goes from its mean, as a part of that: half of the distance from lowest to highest.
pub fn swing(limits: &[u64]) -> f64 {
    let range = limits.iter().max().expect("some") - limits.iter().min().expect("some");
    range as f64 / 2.0 / mean(limits)
}

pub struct Simulation {
    pub pool: Pool,
    pub controller: Arc<Controller>,
    pub attachment: Attachment,
    clock: Millis,
    channel: Channel,
    engine: Arc<Mutex<Engine>>,
    offered: f64,
    sent: Vec<u64>,
    answered: usize,
}

impl Simulation {
    pub fn new() -> Self {
        let clock = Millis::default();
        let pool = Pool::new(CAPACITY, CALL, Box::new(clock.clone())).expect("valid");
        let channel = pool.channel("load", 0).expect("open");
        let controller = Controller::manual(Box::new(clock.clone()));
        let engine = Arc::new(Mutex::new(Engine::new()));
        let attachment =
            controller.attach(&pool, Box::new(Source(Arc::clone(&engine))), DEADLINE).expect("not attached");
        Self { pool, controller, attachment, clock, channel, engine, offered: 0.0, sent: Vec::new(), answered: 0 }
    }

    pub fn engine<T>(&self, change: impl FnOnce(&mut Engine) -> T) -> T {
        change(&mut self.engine.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn attach_another(&self, engine: Engine) -> Attachment {
        let pool = Pool::new(CAPACITY, CALL, Box::new(self.clock.clone())).expect("valid");
        self.controller.attach(&pool, Box::new(Source(Arc::new(Mutex::new(engine)))), DEADLINE).expect("not attached")
    }

    pub fn limit(&self) -> u64 {
        self.pool.figures().limit
    }

    pub fn jump(&self, millis: i64) {
        self.clock.0.store(self.now().saturating_add_signed(millis), SeqCst);
    }

    fn now(&self) -> u64 {
        self.clock.0.load(SeqCst)
    }

    /// Runs for `millis`, offering `load` times what the engine can do at full speed.
    pub fn run(&mut self, millis: u64, load: f64) -> Course {
        let mut course = Course::default();
        for _ in 0..millis {
            self.jump(1);
            self.offered += load * FULL_SPEED / CALL as f64;
            while self.offered >= 1.0 {
                self.offered -= 1.0;
                self.channel.post(self.sent.len() as u64, CALL, Some(DEADLINE)).expect("open");
                self.sent.push(self.now());
            }
            self.admit(&mut course);
            self.work(&mut course);
            self.controller.step();
            let figures = self.pool.figures();
            assert!(figures.outstanding <= CAPACITY && figures.limit <= CAPACITY);
            course.limits.push(figures.limit);
        }
        course
    }

    fn admit(&mut self, course: &mut Course) {
        let mut ended = [Completion::default(); 64];
        loop {
            let count = self.pool.completions(Duration::ZERO, &mut ended).expect("open");
            for ended in &ended[..count] {
                let (sent, now) = (self.sent[ended.number as usize], self.now());
                self.answered += 1;
                if ended.is_granted() {
                    course.granted += 1;
                    if !self.engine(|engine| engine.take(sent, now)) {
                        self.channel.refund(CALL).expect("out");
                    }
                }
            }
            if count == 0 {
                break;
            }
        }
    }

    fn work(&mut self, course: &mut Course) {
        let now = self.now();
        for (sent, granted) in self.engine(|engine| engine.work(now)) {
            self.channel.replenish(CALL).expect("out");
            course.in_engine.push(now.saturating_sub(granted));
            course.since_sent.push(now.saturating_sub(sent));
        }
    }

    /// Without load every call is answered by its deadline, and every credit comes back.
    pub fn end(mut self) {
        self.engine(|engine| {
            engine.speed = FULL_SPEED;
            (engine.lie, engine.refuses) = (None, false);
        });
        self.run(DEADLINE.as_millis() as u64 + 1, 0.0);
        assert_eq!(self.answered, self.sent.len(), "calls without an answer by their deadline");
        self.run(2000, 0.0);
        let figures = self.pool.figures();
        assert_eq!((figures.outstanding, figures.waiting_calls, self.channel.kept()), (0, 0, 0));
    }
}
