//! Counts and timings of the calls that reach a backend. Reads, never steers.
//!
//! Rows are counted exactly, on counters striped over threads. Times are sampled: one call in [`counters::SAMPLE_INTERVAL`], so that
//! the clock costs well under a nanosecond a call.

pub(crate) mod counters;
mod histogram;
mod process;
pub(crate) mod statistics;
mod window;

use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::Instant;

use counters::Counters;
use process::cpu_millis;
use window::{Activity, Window};

/// Which side of the backend a call is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Read,
    Write,
}

/// The measurements of one backend.
pub(crate) struct Metrics {
    pub(crate) counters: Counters,
    opened: Instant,
    window: Mutex<Window>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let window = Window::new(cpu_millis());
        Self { counters: Counters::default(), opened: Instant::now(), window: Mutex::new(window) }
    }

    /// Runs a call, counts its rows when it succeeds, and times it when it is one to sample.
    #[inline]
    pub(crate) fn measure<T, E>(
        &self, side: Side, rows: impl FnOnce(&T) -> u64, call: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let start = self.counters.start(side);
        let value = call()?;
        self.counters.add(side, rows(&value));
        if let Some(start) = start {
            self.sample(side, start);
        }
        Ok(value)
    }

    /// Adds a sampled call that began at `start`. Gives up rather than wait for another thread.
    #[cold]
    fn sample(&self, side: Side, start: Instant) {
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let mut window = match self.window.try_lock() {
            Ok(window) => window,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        window.record(self.now_millis(), side, nanos, self.counters.totals());
    }

    /// What happened over the window that ends now.
    pub(crate) fn activity(&self) -> Activity {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.activity(self.now_millis(), self.counters.totals(), cpu_millis())
    }

    fn now_millis(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
