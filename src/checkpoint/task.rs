//! [`CheckpointTask`]: a checkpoint on its way into the store.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
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
    /// Its thread has ended as well: what is not needed any more was removed.
    thread_is_gone: bool,
}

/// What its threads are doing, for messages.
#[derive(Debug)]
struct Steps {
    /// The oldest first: what hangs.
    under_way: Vec<String>,
    last: String,
}

/// What the thread of a checkpoint and all who look at it share.
pub(super) struct Shared {
    pub(super) id: u64,
    pub(super) sync_time: Duration,
    begun: Instant,
    deadline: Option<Instant>,
    done_bytes: AtomicU64,
    total_bytes: u64,
    done_files: AtomicUsize,
    total_files: usize,
    steps: Mutex<Steps>,
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
            done_bytes: AtomicU64::new(0),
            total_bytes: bytes,
            done_files: AtomicUsize::new(0),
            total_files: files,
            steps: Mutex::new(Steps { under_way: Vec::new(), last: "begin".to_owned() }),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(super) fn async_time(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Says what is done next, such as `store '000012.sst'`, until [`Shared::leave_step`].
    pub(super) fn enter_step(&self, step: &str) {
        self.steps().under_way.push(step.to_owned());
    }

    pub(super) fn leave_step(&self, step: &str) {
        let mut steps = self.steps();
        steps.under_way.retain(|other| other != step);
        step.clone_into(&mut steps.last);
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
        match &self.lock().ending {
            Some(Ending::Failed(error)) => Err(again(error)),
            _ => Ok(()),
        }
    }

    /// Makes it a checkpoint, whose metadata is stored: unless it has failed before, nothing ends it any more.
    ///
    /// # Errors
    /// Why it failed: the metadata is to be removed.
    pub(super) fn publish(&self, report: Report) -> Result<()> {
        self.check()?;
        match self.lock().ending.get_or_insert(Ending::Published(report)) {
            Ending::Failed(error) => Err(again(error)),
            Ending::Published(_) => Ok(()),
        }
    }

    /// Fails unless it has ended already, even while its storage hangs.
    fn fail(&self, error: Error) {
        self.lock().ending.get_or_insert_with(|| Ending::Failed(Arc::new(error)));
        self.changed.notify_all();
    }

    /// Its thread does no more; with the failure it met, if any.
    pub(super) fn end(&self, failure: Option<Error>) {
        let mut state = self.lock();
        state.thread_is_gone = true;
        if let Some(error) = failure {
            state.ending.get_or_insert_with(|| Ending::Failed(Arc::new(error)));
        }
        self.changed.notify_all();
    }

    fn is_overdue(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn end_when_overdue(&self) {
        if self.is_overdue() {
            let step = self.step();
            self.fail(Error::CheckpointTimedOut { id: self.id, step });
        }
    }

    pub(super) fn cancel(&self) {
        self.fail(Error::CheckpointCancelled(self.id));
    }

    /// Whether nobody need wait for it: it failed, or was published and has removed what that made needless, or should have by now.
    pub(super) fn has_ended(&self) -> bool {
        self.end_when_overdue();
        let state = self.lock();
        match state.ending {
            None => false,
            Some(Ending::Failed(_)) => true,
            Some(Ending::Published(_)) => state.thread_is_gone || self.is_overdue(),
        }
    }

    /// What it is doing, and has been for the longest time.
    pub(super) fn step(&self) -> String {
        let steps = self.steps();
        steps.under_way.first().unwrap_or(&steps.last).clone()
    }

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Ends it: unless it is published, it has failed with [`Error::CheckpointCancelled`] when this returns. Its thread stops where it is, and
    /// removes what it has stored, as soon as the storage answers.
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
            let ended = self.0.has_ended();
            let state = self.0.lock();
            let now = Instant::now();
            let gave_up = until.is_some_and(|until| until <= now);
            match &state.ending {
                Some(Ending::Failed(error)) => return Err(again(error)),
                Some(Ending::Published(report)) if ended || gave_up => return Ok(Some(*report)),
                None if gave_up => return Ok(None),
                _ => {}
            }
            match until.into_iter().chain(self.0.deadline).min() {
                Some(wake) => drop(self.0.changed.wait_timeout(state, wake.saturating_duration_since(now))),
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
