//! [`CheckpointTask`]: a checkpoint on its way into the store.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::storage::Watch;
use crate::error::{Error, Result};

/// What a checkpoint was, once it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Its id.
    pub id: u64,
    /// How long writers waited: row cache, flush and links.
    pub sync_time: Duration,
    /// From then on until it was published.
    pub async_time: Duration,
    /// Bytes that were stored for it, and not already for another checkpoint.
    pub new_bytes: u64,
    /// Bytes of all its files.
    pub total_bytes: u64,
    /// Number of files that were stored for it.
    pub new_files: u64,
    /// Number of all its files.
    pub total_files: u64,
}

/// How far a checkpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Its id.
    pub id: u64,
    /// Bytes read and stored so far. Those of files that the store has already count as well.
    pub done_bytes: u64,
    /// Bytes to read and store in all.
    pub total_bytes: u64,
    /// Files that are done.
    pub done_files: u64,
    /// Files in all.
    pub total_files: u64,
    /// Whether it has ended, one way or the other: [`CheckpointTask::wait`] tells how.
    pub is_ended: bool,
}

/// How a checkpoint ended. Cloned for everybody who asks.
#[derive(Debug, Clone)]
enum Ending {
    Published(Report),
    Failed(Arc<Error>),
}

#[derive(Debug, Default)]
struct State {
    ending: Option<Ending>,
    /// The metadata is being stored: no deadline ends the checkpoint any more.
    publishing: bool,
    /// Its thread has ended as well.
    thread_is_gone: bool,
}

/// What the thread of a checkpoint and all who look at it share.
pub(super) struct Shared {
    pub(super) id: u64,
    pub(super) sync_time: Duration,
    begun: Instant,
    deadline: Option<Instant>,
    cancelled: AtomicBool,
    done_bytes: AtomicU64,
    total_bytes: u64,
    done_files: AtomicUsize,
    total_files: usize,
    /// What it was doing last, for messages.
    step: Mutex<String>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    pub(super) fn new(id: u64, sync_time: Duration, timeout: Option<Duration>, files: usize, bytes: u64) -> Self {
        let begun = Instant::now();
        Self {
            id,
            sync_time,
            begun,
            deadline: timeout.and_then(|timeout| begun.checked_add(timeout)),
            cancelled: AtomicBool::new(false),
            done_bytes: AtomicU64::new(0),
            total_bytes: bytes,
            done_files: AtomicUsize::new(0),
            total_files: files,
            step: Mutex::new("begin".to_owned()),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(super) fn async_time(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Says what is done next, such as `upload '000012.sst'`.
    pub(super) fn enter_step(&self, step: String) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }

    pub(super) fn file_done(&self) {
        self.done_files.fetch_add(1, Ordering::Relaxed);
    }

    /// Bytes that need not be moved because the store has them.
    pub(super) fn skipped(&self, bytes: u64) {
        self.done_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Why the checkpoint must not go on, if so.
    pub(super) fn check(&self) -> Result<()> {
        self.end_when_overdue();
        if self.cancelled.load(Ordering::Acquire) {
            return Err(Error::CheckpointCancelled(self.id));
        }
        match &self.lock().ending {
            Some(Ending::Failed(error)) => Err(again(error)),
            _ => Ok(()),
        }
    }

    /// Claims the right to publish: from here on only publishing itself decides.
    pub(super) fn begin_publishing(&self) -> Result<()> {
        self.check()?;
        let mut state = self.lock();
        match &state.ending {
            Some(Ending::Failed(error)) => Err(again(error)),
            _ => {
                state.publishing = true;
                Ok(())
            }
        }
    }

    /// Ends the checkpoint unless it has ended already.
    pub(super) fn end(&self, ended: Result<Report>) {
        let mut state = self.lock();
        state.thread_is_gone = true;
        if state.ending.is_none() {
            state.ending = Some(match ended {
                Ok(report) => Ending::Published(report),
                Err(error) => Ending::Failed(Arc::new(error)),
            });
        }
        self.changed.notify_all();
    }

    /// A deadline that passes ends the checkpoint even while its storage hangs.
    fn end_when_overdue(&self) {
        let overdue = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let mut state = self.lock();
        if overdue && state.ending.is_none() && !state.publishing {
            let step = self.step.lock().unwrap_or_else(PoisonError::into_inner).clone();
            state.ending = Some(Ending::Failed(Arc::new(Error::CheckpointTimedOut { id: self.id, step })));
            self.cancelled.store(true, Ordering::Release);
            self.changed.notify_all();
        }
    }

    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.end_when_overdue();
        self.lock().ending.is_some()
    }

    pub(super) fn step(&self) -> String {
        self.step.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until its thread has ended. False when it has not by then.
    pub(super) fn wait_for_thread(&self, patience: Duration) -> bool {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, patience, |state| !state.thread_is_gone);
        waited.unwrap_or_else(PoisonError::into_inner).0.thread_is_gone
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Shared {
    fn moved(&self, bytes: u64) -> io::Result<()> {
        self.done_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.check().map_err(io::Error::other)
    }
}

/// A checkpoint on its way into the store. Dropping this value ends nothing: the checkpoint goes on.
#[derive(Clone)]
pub struct CheckpointTask(pub(super) Arc<Shared>);

impl CheckpointTask {
    /// Its id.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let shared = &self.0;
        Progress {
            id: shared.id,
            is_ended: shared.has_ended(),
            done_bytes: shared.done_bytes.load(Ordering::Relaxed),
            total_bytes: shared.total_bytes,
            done_files: shared.done_files.load(Ordering::Relaxed) as u64,
            total_files: shared.total_files as u64,
        }
    }

    /// Has it stop where it is. It fails with [`Error::CheckpointCancelled`] unless it is being published.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Waits until it is published or has failed, at most for `timeout`; `None` when it is still under way then.
    ///
    /// # Errors
    /// Why it failed: [`Error::CheckpointCancelled`]; [`Error::CheckpointTimedOut`]; [`Error::CheckpointFailed`], naming the step.
    pub fn wait(&self, timeout: Duration) -> Result<Option<Report>> {
        let until = Instant::now().checked_add(timeout);
        loop {
            self.0.end_when_overdue();
            let state = self.0.lock();
            match &state.ending {
                Some(Ending::Published(report)) => return Ok(Some(*report)),
                Some(Ending::Failed(error)) => return Err(again(error)),
                None => {}
            }
            let now = Instant::now();
            let deadline = self.0.deadline.filter(|_| !state.publishing);
            match until.into_iter().chain(deadline).min() {
                Some(wake) if wake > now => drop(self.0.changed.wait_timeout(state, wake - now)),
                Some(_) if until.is_some_and(|until| until <= now) => return Ok(None),
                Some(_) => {}
                None => drop(self.0.changed.wait(state)),
            }
        }
    }
}

/// The same failure for the next who asks.
fn again(error: &Arc<Error>) -> Error {
    match &**error {
        Error::CheckpointCancelled(id) => Error::CheckpointCancelled(*id),
        Error::CheckpointTimedOut { id, step } => Error::CheckpointTimedOut { id: *id, step: step.clone() },
        _ => Error::CheckpointEnded(Arc::clone(error)),
    }
}
