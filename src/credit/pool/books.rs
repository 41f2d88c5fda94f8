//! [`Books`]: the ledger behind its lock, the ends that are to be told, and the conditions that calls wait on.

use std::collections::VecDeque;
use std::time::Duration;

use super::completion::Completion;
use crate::credit::clock::Clock;
use crate::credit::ledger::{Ledger, Outcome};
use crate::credit::sync::{Arc, AtomicU64, AtomicU8, Condvar, Mutex, MutexGuard, Ordering};

/// How a waiting call learns of its end.
pub(super) enum Wake {
    /// By its own condition; the number tells calls apart that are to be cancelled.
    Blocked(Arc<Bell>, u64),
    /// By a [`Completion`] under this number, to whoever asks the pool for it; its credits are kept here.
    Posted(u64, Arc<AtomicU64>),
}

/// What a blocked call waits on.
pub(super) struct Bell {
    pub(super) rung: Condvar,
    /// An [`Outcome`], or 0. Set under the pool's lock.
    outcome: AtomicU8,
}

impl Bell {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { rung: Condvar::new(), outcome: AtomicU8::new(0) })
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        let known = [Outcome::Granted, Outcome::TimedOut, Outcome::Cancelled, Outcome::Closed];
        known.into_iter().find(|outcome| *outcome as u8 == self.outcome.load(Ordering::Relaxed))
    }
}

pub(super) struct Books {
    pub(super) ledger: Ledger<Wake>,
    pub(super) completions: VecDeque<Completion>,
}

impl Books {
    pub(super) fn complete(&mut self, number: u64, credits: u64, outcome: Outcome, kept: &AtomicU64) {
        let credits = if outcome == Outcome::Granted { credits } else { 0 };
        kept.fetch_add(credits, Ordering::Relaxed);
        self.completions.push_back(Completion { number, credits, outcome });
    }
}

/// A blocked call.
pub(super) struct Waiter {
    pub(super) bell: Arc<Bell>,
    pub(super) deadline: Option<Duration>,
}

pub(super) struct Shared {
    pub(super) books: Mutex<Books>,
    /// Signalled for completions, for a posted call with a deadline, and at the close.
    pub(super) arrived: Condvar,
    pub(super) clock: Box<dyn Clock>,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Books> {
        // NOTE: a panic cannot leave the books half written: what may panic in them is a broken promise of their own.
        self.books.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Tells the calls that ended.
    pub(super) fn settle(&self, books: &mut Books) {
        if books.ledger.finished().is_empty() {
            return;
        }
        for (wake, credits, outcome) in std::mem::take(books.ledger.finished()) {
            match wake {
                Wake::Blocked(bell, _) => {
                    bell.outcome.store(outcome as u8, Ordering::Relaxed);
                    bell.rung.notify_one();
                }
                Wake::Posted(number, kept) => {
                    books.complete(number, credits, outcome, &kept);
                    self.arrived.notify_one();
                }
            }
        }
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Ledger<Wake>) -> T) -> T {
        let mut books = self.lock();
        let result = change(&mut books.ledger);
        self.settle(&mut books);
        result
    }

    /// Waits until the bell rings; the deadline is kept here, by the call that has it.
    pub(super) fn wait(&self, waiter: &Waiter) -> Outcome {
        let bell = &waiter.bell;
        let mut books = self.lock();
        loop {
            if let Some(outcome) = bell.outcome() {
                return outcome;
            }
            books = match waiter.deadline.map(|deadline| deadline.saturating_sub(books.ledger.expire(self.clock.now())))
            {
                None => bell.rung.wait(books).unwrap_or_else(|poisoned| poisoned.into_inner()),
                Some(Duration::ZERO) => {
                    self.settle(&mut books);
                    books
                }
                Some(left) => {
                    self.settle(&mut books);
                    bell.rung.wait_timeout(books, left).unwrap_or_else(|poisoned| poisoned.into_inner()).0
                }
            };
        }
    }
}
