//! [`Ticket`]: a place in the queue whose owner does not wait yet.

use super::books::Waiter;
use super::channel::Channel;
use super::credits::Acquired;
use crate::credit::ledger::Outcome;
use crate::error::Result;

/// A place in the queue. Dropped, it gives up its place, or the credits that it was granted.
#[must_use = "a ticket gives up its place when dropped"]
pub struct Ticket {
    pub(super) channel: Channel,
    pub(super) place: Place,
    pub(super) credits: u64,
    pub(super) taken: bool,
}

pub(super) enum Place {
    Queued(u64, Waiter),
    Ended(Outcome),
}

impl Ticket {
    /// Waits for the end.
    ///
    /// # Errors
    /// [`Error::CreditsClosed`](crate::error::Error::CreditsClosed) when the pool was closed meanwhile.
    pub fn wait(mut self) -> Result<Acquired> {
        self.taken = true;
        let outcome = match &self.place {
            Place::Queued(_, waiter) => self.channel.0.pool.wait(waiter),
            Place::Ended(outcome) => *outcome,
        };
        self.channel.ended(self.credits, outcome)
    }

    /// Whether there is nothing left to wait for. Ends the calls whose deadline has passed.
    pub fn is_ready(&self) -> bool {
        let shared = &self.channel.0.pool;
        let now = shared.clock.now();
        shared.with(|ledger| ledger.expire(now));
        self.outcome().is_some()
    }

    /// What ends the wait from another thread.
    pub fn canceller(&self) -> Canceller {
        let number = if let Place::Queued(number, _) = self.place { number } else { 0 };
        Canceller { channel: self.channel.clone(), number }
    }

    fn outcome(&self) -> Option<Outcome> {
        match &self.place {
            Place::Queued(_, waiter) => waiter.bell.outcome(),
            Place::Ended(outcome) => Some(*outcome),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.taken && !self.canceller().cancel() && self.outcome() == Some(Outcome::Granted) {
            self.channel.0.give_back(self.credits);
        }
    }
}

/// Ends the wait of one [`Ticket`].
#[derive(Clone)]
pub struct Canceller {
    channel: Channel,
    number: u64,
}

impl Canceller {
    /// Ends the wait, which answers [`Acquired::Cancelled`]; false when it had ended.
    pub fn cancel(&self) -> bool {
        self.channel.0.pool.with(|ledger| ledger.cancel(self.channel.0.index, self.number))
    }
}
