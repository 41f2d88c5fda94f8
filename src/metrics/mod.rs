//! Counts and timings of the calls that reach a backend. Reads, never steers.
//!
//! Rows are counted exactly, on counters striped over threads. Times are sampled: one call in [`counters::SAMPLE_INTERVAL`], so that
//! the clock costs well under a nanosecond a call.

pub(crate) mod counters;
mod engine;
mod histogram;
pub(crate) mod memory;
pub(crate) mod published;
mod shares;
pub(crate) mod statistics;
mod window;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use counters::{Counters, Seat, Totals};
use window::{Activity, Reading, Window};

use crate::db::engine::process_cpu_micros;

/// Which side of the backend a call is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Read,
    Write,
}

/// The measurements of one backend.
pub(crate) struct Metrics {
    /// Of calls that have no counters of their own.
    counters: Counters,
    own: Mutex<OwnCounters>,
    opened: Instant,
    window: Mutex<Window>,
}

/// Counters of single handles.
#[derive(Default)]
struct OwnCounters {
    live: Vec<Arc<Counters>>,
    /// What those counted that are gone.
    gone: Totals,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let window =
            Window::new(Reading { cpu_micros: process_cpu_micros(), write_wait_micros: Some(0), ..Reading::default() });
        let (counters, own) = (Counters::default(), Mutex::default());
        Self { counters, own, opened: Instant::now(), window: Mutex::new(window) }
    }

    /// Runs a call, counts its rows when it succeeds, and times it when it is one to sample.
    pub(crate) fn measure<T, E>(
        &self, side: Side, rows: impl FnOnce(&T) -> u64, call: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let seat = Seat::shared();
        let start = self.counters.start(seat, side);
        let value = call()?;
        self.counters.add(seat, side, rows(&value));
        if let Some(start) = start {
            self.sample(side, start);
        }
        Ok(value)
    }

    /// Rows read and written since the backend was opened.
    pub(crate) fn totals(&self) -> Totals {
        let own = self.own();
        own.live.iter().fold(self.counters.totals() + own.gone, |sum, counters| sum + counters.totals())
    }

    fn own(&self) -> MutexGuard<'_, OwnCounters> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a sampled call that began at `start`. Gives up rather than wait for another thread.
    #[cold]
    fn sample(&self, side: Side, start: Instant) {
        let end = Instant::now();
        let nanos = u64::try_from(end.duration_since(start).as_nanos()).unwrap_or(u64::MAX);
        let mut window = match self.window.try_lock() {
            Ok(window) => window,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        window.record(self.millis_at(end), side, nanos, || self.totals());
    }

    /// What happened over the window that ends now. The engine has made writes wait for `write_wait_micros`, none when that is not known,
    /// and had stopped them for `stop_micros`, since the backend was opened.
    pub(crate) fn activity(&self, write_wait_micros: Option<u64>, stop_micros: u64) -> Activity {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = self.millis_at(Instant::now());
        let reading = Reading { millis, cpu_micros: process_cpu_micros(), write_wait_micros, stop_micros };
        window.activity(self.totals(), reading)
    }

    /// Mean time of the sampled writes of the last seconds; NaN when none was sampled.
    pub(crate) fn write_latency_millis(&self) -> f64 {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.mean_write_millis(self.millis_at(Instant::now()))
    }

    /// Since the backend was opened.
    fn millis_at(&self, time: Instant) -> u64 {
        u64::try_from(time.duration_since(self.opened).as_millis()).unwrap_or(u64::MAX)
    }
}

/// Counts the calls on one handle of a backend, on counters that no other handle uses.
pub(crate) struct HandleMetrics {
    counters: Arc<Counters>,
    backend: Arc<Metrics>,
}

impl HandleMetrics {
    pub(crate) fn new(backend: &Arc<Metrics>) -> Self {
        let counters = Arc::<Counters>::default();
        backend.own().live.push(Arc::clone(&counters));
        Self { counters, backend: Arc::clone(backend) }
    }

    /// Begins a call that holds `seat` among the calls on this handle; the answer is for [`HandleMetrics::count`].
    #[inline(always)]
    pub(crate) fn start(&self, seat: Seat, side: Side) -> Option<Instant> {
        self.counters.start(seat, side)
    }

    /// Counts the rows of a call that succeeded, and its time when it is one to sample.
    #[inline(always)]
    pub(crate) fn count(&self, seat: Seat, side: Side, rows: u64, start: Option<Instant>) {
        self.counters.add(seat, side, rows);
        if let Some(start) = start {
            self.backend.sample(side, start);
        }
    }
}

impl Drop for HandleMetrics {
    fn drop(&mut self) {
        let mut own = self.backend.own();
        own.gone = own.gone + self.counters.totals();
        own.live.retain(|counters| !Arc::ptr_eq(counters, &self.counters));
    }
}
