//! [`Pool`], [`Channel`] and [`Credits`]: the ledger behind a lock, and calls that wait on conditions.

mod books;
mod channel;
mod completion;
mod credits;
mod ticket;

use std::collections::VecDeque;
use std::time::Duration;

use self::books::{Books, Shared};
use super::clock::Clock;
use super::ledger::{Counts, Ledger};
use super::sync::{Arc, Condvar, Mutex};
use crate::error::{Error, Result};

pub use channel::Channel;
pub use completion::Completion;
pub use credits::{Acquired, Credits};
pub use ticket::{Canceller, Ticket};

/// What a pool is like now. Credits are in the pool's unit, calls and credits in total since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Credits that there are.
    pub capacity: u64,
    /// Credits that may be out.
    pub limit: u64,
    /// Credits that are out; above the limit when that fell: then nothing is granted until the difference came back.
    pub outstanding: u64,
    /// Credits that the calls in the queue wait for.
    pub waiting_credits: u64,
    /// Calls in the queue.
    pub waiting_calls: u64,
    /// How long calls wait for their credits: the 95th percentile of those that ended in the last one to two seconds, those that did not
    /// wait included, or the age of the oldest in the queue.
    pub queue_wait: Duration,
    /// Open channels.
    pub channels: u64,
    /// Whether the engine stands still and one call is granted per period.
    pub is_probing: bool,
    /// Counts in total.
    pub(crate) counts: Counts,
}

/// The credits of one stage. Cheap to clone: a handle. Usable from any thread at once.
///
/// Dropping the last handle does not close the pool: channels go on until [`Pool::close`] or their own end.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

impl Pool {
    /// A pool of `capacity` credits, all of them free. One call may wait for at most `largest_request` of them, from 1 to half of the
    /// capacity: the limit never falls below twice that under the control law, so that such a call is always served in the end.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for numbers outside their ranges.
    pub fn new(capacity: u64, largest_request: u64, clock: Box<dyn Clock>) -> Result<Self> {
        if capacity == 0 || i64::try_from(capacity).is_err() {
            return Err(Error::InvalidOption(format!(
                "option 'capacity' is {capacity}; allowed are integers from 1 to {}",
                i64::MAX
            )));
        }
        let most = (capacity / 2).max(1);
        if largest_request == 0 || largest_request > most {
            return Err(Error::InvalidOption(format!(
                "option 'largest_request' is {largest_request}; with a capacity of {capacity} allowed are integers from 1 to {most}"
            )));
        }
        let books = Books { ledger: Ledger::new(capacity, largest_request), completions: VecDeque::new() };
        Ok(Self(Arc::new(Shared { books: Mutex::new(books), arrived: Condvar::new(), clock })))
    }

    /// Opens a channel. Of the capacity, `exclusive` credits are its own and never lent; it may be 0. While the limit is below the
    /// capacity, channels together own at most half of it, in proportion.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the channels together would own more than half of the capacity; [`Error::CreditsClosed`].
    pub fn channel(&self, name: &str, exclusive: u64) -> Result<Channel> {
        let index = self.0.with(|ledger| ledger.enter(name, exclusive))?;
        Ok(Channel::of(&self.0, index))
    }

    /// Sets how many credits may be out, at most the capacity; 0 for none. A pool that a [`Controller`](super::Controller) holds is set
    /// by that, once per period.
    pub fn set_limit(&self, limit: u64) {
        self.set(limit, false);
    }

    pub(crate) fn set(&self, limit: u64, probing: bool) {
        let now = self.0.clock.now();
        self.0.with(|ledger| ledger.set_limit(now, limit, probing));
    }

    /// Refuses new calls and answers those that wait. Credits that are out can still be given back. Closing again is fine.
    pub fn close(&self) {
        self.0.with(Ledger::close);
        self.0.arrived.notify_all();
    }

    /// What the pool is like now.
    pub fn figures(&self) -> Figures {
        let now = self.0.clock.now();
        self.0.with(|ledger| {
            let queue_wait = ledger.queue_wait(now);
            let (waiting_credits, waiting_calls) = ledger.waiting();
            Figures {
                capacity: ledger.capacity(),
                limit: ledger.limit(),
                outstanding: ledger.outstanding(),
                waiting_credits,
                waiting_calls: waiting_calls as u64,
                queue_wait,
                channels: ledger.channel_count() as u64,
                is_probing: ledger.is_probing(),
                counts: ledger.counts(),
            }
        })
    }

    /// Whether both are handles of the same pool.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Between what the limit moves: twice the largest request, so that half of it, what floats, is enough for one; and the capacity.
    pub(crate) fn range(&self) -> (u64, u64) {
        self.0.with(|ledger| (ledger.capacity(), (ledger.largest_request() * 2).min(ledger.capacity())))
    }

    /// What the control law wants to know: congestions in total, and the most credits out at once since the last look.
    pub(crate) fn usage(&self) -> (u64, u64) {
        self.0.with(|ledger| (ledger.counts().congestions, ledger.take_peak()))
    }
}
