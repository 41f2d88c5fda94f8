//! Figures of backends for other processes, written by one thread for all.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::backend::fsb_backend;
use super::error::{fsb_error, Failure};
use super::guard;
use super::status::fsb_status;

/// Shortest and longest time between two files.
const INTERVALS: std::ops::RangeInclusive<u64> = 100..=3_600_000;

/// Has a thread of the library's write the figures of a backend, now and from then on every `interval_millis`, into the file FSB_FIGURES of
/// its data folder: one JSON object, for dashboards and people, of what fsb_backend_statistics and fsb_backend_pressure tell (docs/format.md).
/// The file goes when the backend closes. A file that cannot be written is tried again after the interval.
///
/// Parameters: `interval_millis` from 100 to 3600000 changes the interval if there is one; 0 ends the writing and removes the file.
/// Returns: FSB_STATUS_OK; FSB_STATUS_IO when the first file cannot be written: none will be; FSB_STATUS_INVALID_ARGUMENT for an
/// interval out of range; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_publish_figures(
    backend: *const fsb_backend, interval_millis: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_publish_figures", backend, error, |open| {
        let interval = Duration::from_millis(interval_millis);
        if interval_millis == 0 {
            PUBLISHER.forget(backend);
            open.withdraw_figures();
        } else if INTERVALS.contains(&interval_millis) {
            open.publish_figures(interval)?;
            PUBLISHER.publish(backend, interval);
        } else {
            let range = format!(
                "interval_millis is {interval_millis}, not 0 or from {} to {}",
                INTERVALS.start(),
                INTERVALS.end()
            );
            return Err(Failure::new(fsb_status::InvalidArgument, range));
        }
        Ok(fsb_status::Ok)
    })
}

/// Ends the publishing of a backend that is about to go.
pub(super) fn end(backend: *const fsb_backend) {
    PUBLISHER.forget(backend);
}

static PUBLISHER: Publisher = Publisher { state: Mutex::new(State::new()), changed: Condvar::new() };

/// The thread runs while there is something to publish.
struct Publisher {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    backends: Vec<Entry>,
    runs: bool,
    /// The handle whose file is being written.
    writing: Option<usize>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// The handle, which is a number.
    backend: usize,
    interval: Duration,
    due: Instant,
}

impl State {
    const fn new() -> Self {
        Self { backends: Vec::new(), runs: false, writing: None }
    }
}

impl Publisher {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    fn publish(&'static self, backend: *const fsb_backend, interval: Duration) {
        let backend = backend as usize;
        let mut state = self.lock();
        state.backends.retain(|entry| entry.backend != backend);
        state.backends.push(Entry { backend, interval, due: Instant::now() + interval });
        if !state.runs {
            let thread = thread::Builder::new().name("fsb-figures".to_owned());
            // Without a thread the file that was written stays the only one; the next call tries again.
            state.runs = thread.spawn(|| self.run()).is_ok();
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Returns once nothing is written for this backend any more.
    fn forget(&self, backend: *const fsb_backend) {
        let backend = backend as usize;
        let mut state = self.lock();
        state.backends.retain(|entry| entry.backend != backend);
        while state.writing == Some(backend) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn run(&self) {
        let mut state = self.lock();
        while let Some(next) = state.backends.iter().min_by_key(|entry| entry.due).copied() {
            let left = next.due.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                state = self.wait(state, left);
                continue;
            }
            state.writing = Some(next.backend);
            drop(state);
            let is_open = write(next);
            state = self.lock();
            state.writing = None;
            state.backends.retain(|entry| is_open || entry.backend != next.backend);
            if let Some(entry) = state.backends.iter_mut().find(|entry| entry.backend == next.backend) {
                entry.due = Instant::now() + entry.interval;
            }
            self.changed.notify_all();
        }
        state.runs = false;
    }
}

/// Writes the figures of a backend as any caller would: its close waits for that. False when it is closed.
fn write(entry: Entry) -> bool {
    let backend = entry.backend as *const fsb_backend;
    let status = guard::shared("fsb_backend_publish_figures", backend, std::ptr::null_mut(), |open| {
        open.publish_figures(entry.interval)?;
        Ok(fsb_status::Ok)
    });
    !matches!(status, fsb_status::Closed | fsb_status::InvalidHandle | fsb_status::Poisoned)
}
