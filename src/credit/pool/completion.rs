//! [`Completion`]: the ends of posted calls, for whoever asks the pool for them.

use std::time::Duration;

use super::Pool;
use crate::credit::ledger::Outcome;

/// The end of a call that was [posted](super::Channel::post).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// The number that the caller gave it.
    pub number: u64,
    /// The credits that are out for it; 0 unless it was granted.
    pub credits: u64,
    /// How it ended.
    pub(crate) outcome: Outcome,
}

impl Default for Completion {
    /// A place for one that is to come.
    fn default() -> Self {
        Self { number: 0, credits: 0, outcome: Outcome::Cancelled }
    }
}

impl Completion {
    /// Whether the credits were granted.
    pub fn is_granted(&self) -> bool {
        self.outcome == Outcome::Granted
    }
}

impl Pool {
    /// Ends the calls whose deadline has passed. Needed only when nobody waits for [completions](Pool::completions).
    pub fn expire(&self) {
        let now = self.0.clock.now();
        self.0.with(|ledger| ledger.expire(now));
    }

    /// Waits for posted calls that ended, at most `timeout`, and moves them into `target`, as many as fit; returns how many. None means
    /// that the pool is closed and no completion is left. Deadlines of posted calls are kept while this waits: one thread that
    /// calls it in a loop serves any number of posted calls.
    pub fn completions(&self, timeout: Duration, target: &mut [Completion]) -> Option<usize> {
        let until = self.0.clock.now().checked_add(timeout);
        let mut books = self.0.lock();
        loop {
            let now = books.ledger.expire(self.0.clock.now());
            self.0.settle(&mut books);
            let count = books.completions.len().min(target.len());
            if count > 0 {
                target.iter_mut().zip(books.completions.drain(..count)).for_each(|(place, ended)| *place = ended);
                return Some(count);
            }
            if books.ledger.is_closed() && books.completions.is_empty() {
                return None;
            }
            let left = until.map(|until| until.saturating_sub(now));
            if left == Some(Duration::ZERO) || target.is_empty() {
                return Some(0);
            }
            let next = books.ledger.next_deadline().map(|deadline| deadline.saturating_sub(now));
            books = match [left, next].into_iter().flatten().min() {
                None => self.0.arrived.wait(books).unwrap_or_else(|poisoned| poisoned.into_inner()),
                Some(left) => {
                    self.0.arrived.wait_timeout(books, left).unwrap_or_else(|poisoned| poisoned.into_inner()).0
                }
            };
        }
    }
}
