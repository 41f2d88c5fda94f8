//! [`Channel`]: a sender's calls.

use std::time::Duration;

use super::books::{Bell, Shared, Waiter, Wake};
use super::credits::{Acquired, Credits};
use super::ticket::{Place, Ticket};
use crate::credit::ledger::{Entry, Ledger, Outcome};
use crate::credit::sync::{Arc, AtomicU64, Ordering};
use crate::error::{Error, Result};

pub(super) struct Core {
    pub(super) pool: Arc<Shared>,
    pub(super) index: usize,
    /// Credits that are out without a [`Credits`] that holds them.
    pub(super) kept: Arc<AtomicU64>,
}

impl Core {
    pub(super) fn give_back(&self, credits: u64) {
        self.pool.with(|ledger| {
            if ledger.waiting_channels() > 0 {
                ledger.expire(self.pool.clock.now());
            }
            ledger.give_back(self.index, credits);
        });
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.pool.with(|ledger| ledger.leave(self.index));
    }
}

/// A sender's way to the credits of a pool. Cheap to clone: a handle. Usable from any thread at once.
///
/// The channel ends with the last of its handles, [`Credits`] and [`Ticket`]s; what was [kept](Credits::keep) of it is free then.
#[derive(Clone)]
pub struct Channel(pub(super) Arc<Core>);

impl Channel {
    pub(super) fn of(pool: &Arc<Shared>, index: usize) -> Self {
        Self(Arc::new(Core { pool: Arc::clone(pool), index, kept: Arc::new(AtomicU64::new(0)) }))
    }

    /// Takes up to `credits`, at once: as many as there are, possibly none. Never overtakes a call that waits for the same.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for 0; [`Error::CreditsClosed`].
    pub fn request(&self, credits: u64) -> Result<Credits> {
        let granted = self.0.pool.with(|ledger| ledger.request(self.0.index, credits))?;
        Ok(self.credits(granted))
    }

    /// Takes `credits`, waiting for them in order of arrival, at most `timeout`; without one for as long as it takes.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for 0 or more than the pool's largest request; [`Error::CreditsClosed`], also when the pool is closed
    /// meanwhile.
    pub fn acquire(&self, credits: u64, timeout: Option<Duration>) -> Result<Acquired> {
        self.acquire_as(0, credits, timeout)
    }

    /// As [`Channel::acquire`], in a way that [`Channel::cancel`] with that number ends.
    pub(crate) fn acquire_as(&self, number: u64, credits: u64, timeout: Option<Duration>) -> Result<Acquired> {
        let outcome = match self.enter(number, credits, timeout)? {
            (_, Some(waiter)) => self.0.pool.wait(&waiter),
            (entry, None) => entry.outcome(),
        };
        self.ended(credits, outcome)
    }

    /// Queues for `credits` without blocking. The ticket is waited for, or dropped, whenever the caller likes.
    ///
    /// # Errors
    /// As [`Channel::acquire`].
    pub fn enqueue(&self, credits: u64, timeout: Option<Duration>) -> Result<Ticket> {
        let (entry, waiter) = self.enter(0, credits, timeout)?;
        let place = match (entry, waiter) {
            (Entry::Queued(number), Some(waiter)) => Place::Queued(number, waiter),
            (entry, _) => Place::Ended(entry.outcome()),
        };
        Ok(Ticket { channel: self.clone(), place, credits, taken: false })
    }

    /// Queues for `credits` without blocking; the end is told by a [`Completion`](super::Completion) under `number`, also when there is
    /// nothing to wait for. Granted credits are out until [`Channel::replenish`].
    ///
    /// # Errors
    /// As [`Channel::acquire`]; then there is no completion.
    pub fn post(&self, number: u64, credits: u64, timeout: Option<Duration>) -> Result<()> {
        let shared = &self.0.pool;
        let now = shared.clock.now();
        let deadline = timeout.and_then(|timeout| now.checked_add(timeout));
        let wake = || Wake::Posted(number, Arc::clone(&self.0.kept));
        let mut books = shared.lock();
        let entry = books.ledger.acquire(self.0.index, credits, now, deadline, wake)?;
        shared.settle(&mut books);
        if !matches!(entry, Entry::Queued(_)) {
            books.complete(number, credits, entry.outcome(), &self.0.kept);
        }
        // Whoever waits for completions gets one, or learns of the deadline.
        shared.arrived.notify_one();
        Ok(())
    }

    /// Ends the calls that wait in this channel under `number`, and returns how many. Those that ended already are not touched.
    pub fn cancel(&self, number: u64) -> usize {
        let is_wanted = |wake: &Wake| matches!(wake, Wake::Blocked(_, own) | Wake::Posted(own, _) if *own == number);
        self.0.pool.with(|ledger| ledger.cancel_where(self.0.index, is_wanted))
    }

    /// Gives back credits that were [kept](Credits::keep).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`], naming both numbers, for 0 or more than are out: then nothing came back.
    pub fn replenish(&self, credits: u64) -> Result<()> {
        self.release(credits)?;
        self.0.give_back(credits);
        Ok(())
    }

    /// Gives back credits of a write that the engine refused because it would have had to wait, and counts a congestion.
    ///
    /// # Errors
    /// As [`Channel::replenish`].
    pub fn refund(&self, credits: u64) -> Result<()> {
        self.release(credits)?;
        self.0.pool.with(Ledger::congested);
        self.0.give_back(credits);
        Ok(())
    }

    /// Refuses new calls in this channel and answers those that wait. Credits that are out can still be given back.
    pub fn close(&self) {
        self.0.pool.with(|ledger| ledger.shut(self.0.index));
    }

    /// Credits that are out without a [`Credits`] that holds them.
    pub fn kept(&self) -> u64 {
        self.0.kept.load(Ordering::Relaxed)
    }

    fn release(&self, credits: u64) -> Result<()> {
        let less = |kept: u64| kept.checked_sub(credits).filter(|_| credits > 0);
        let name = || self.0.pool.with(|ledger| ledger.name(self.0.index).to_owned());
        let released = self.0.kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        released.map(drop).map_err(|kept| {
            let name = name();
            Error::InvalidArgument(format!(
                "channel '{name}' is given back {credits} credits and has {kept} out; give back from 1 to that"
            ))
        })
    }

    /// Queues a call that its own thread waits for; the bell and the deadline are of no use unless it stands in the queue.
    fn enter(&self, number: u64, credits: u64, timeout: Option<Duration>) -> Result<(Entry, Option<Waiter>)> {
        let shared = &self.0.pool;
        let now = shared.clock.now();
        // A deadline beyond the end of time is none.
        let deadline = timeout.and_then(|timeout| now.checked_add(timeout));
        let mut waiter = None;
        let wake = || {
            let bell = Bell::new();
            waiter = Some(Waiter { bell: Arc::clone(&bell), deadline });
            Wake::Blocked(bell, number)
        };
        let entry = shared.with(|ledger| ledger.acquire(self.0.index, credits, now, deadline, wake))?;
        Ok((entry, waiter))
    }

    pub(super) fn ended(&self, credits: u64, outcome: Outcome) -> Result<Acquired> {
        match outcome {
            Outcome::Granted => Ok(Acquired::Granted(self.credits(credits))),
            Outcome::TimedOut => Ok(Acquired::TimedOut),
            Outcome::Cancelled => Ok(Acquired::Cancelled),
            Outcome::Closed => {
                let name = self.0.pool.with(|ledger| ledger.name(self.0.index).to_owned());
                Err(Error::CreditsClosed(name))
            }
        }
    }

    fn credits(&self, amount: u64) -> Credits {
        Credits { channel: self.clone(), amount }
    }
}
