//! [`Pool`], [`Channel`] and [`Credits`]: the ledger behind a lock, and calls that wait on conditions.

use std::collections::VecDeque;
use std::time::Duration;

use super::clock::Clock;
use super::ledger::{Counts, Entry, Ledger, Outcome};
use super::sync::{Arc, AtomicU64, AtomicU8, Condvar, Mutex, MutexGuard, Ordering};
use crate::error::{Error, Result};

/// How a waiting call learns of its end.
enum Wake {
    /// By its own condition; the number tells calls apart that are to be cancelled.
    Blocked(Arc<Bell>, u64),
    /// By a [`Completion`] under this number, to whoever asks the pool for it; its credits are kept here.
    Posted(u64, Arc<AtomicU64>),
}

/// What a blocked call waits on.
struct Bell {
    rung: Condvar,
    /// An [`Outcome`], or 0. Set under the pool's lock.
    outcome: AtomicU8,
}

impl Bell {
    fn new() -> Arc<Self> {
        Arc::new(Self { rung: Condvar::new(), outcome: AtomicU8::new(0) })
    }

    fn outcome(&self) -> Option<Outcome> {
        let known = [Outcome::Granted, Outcome::TimedOut, Outcome::Cancelled, Outcome::Closed];
        known.into_iter().find(|outcome| *outcome as u8 == self.outcome.load(Ordering::Relaxed))
    }
}

/// The end of a call that was [posted](Channel::post).
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

struct Books {
    ledger: Ledger<Wake>,
    completions: VecDeque<Completion>,
}

impl Books {
    fn complete(&mut self, number: u64, credits: u64, outcome: Outcome, kept: &AtomicU64) {
        let credits = if outcome == Outcome::Granted { credits } else { 0 };
        kept.fetch_add(credits, Ordering::Relaxed);
        self.completions.push_back(Completion { number, credits, outcome });
    }
}

/// A blocked call.
struct Waiter {
    bell: Arc<Bell>,
    deadline: Option<Duration>,
}

struct Shared {
    books: Mutex<Books>,
    /// Signalled for completions, for a posted call with a deadline, and at the close.
    arrived: Condvar,
    clock: Box<dyn Clock>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Books> {
        // NOTE: a panic cannot leave the books half written: what may panic in them is a broken promise of their own.
        self.books.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Tells the calls that ended.
    fn settle(&self, books: &mut Books) {
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

    fn with<T>(&self, change: impl FnOnce(&mut Ledger<Wake>) -> T) -> T {
        let mut books = self.lock();
        let result = change(&mut books.ledger);
        self.settle(&mut books);
        result
    }

    /// Waits until the bell rings; the deadline is kept here, by the call that has it.
    fn wait(&self, waiter: &Waiter) -> Outcome {
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
        Ok(Channel(Arc::new(Core { pool: Arc::clone(&self.0), index, kept: Arc::new(AtomicU64::new(0)) })))
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

struct Core {
    pool: Arc<Shared>,
    index: usize,
    /// Credits that are out without a [`Credits`] that holds them.
    kept: Arc<AtomicU64>,
}

impl Core {
    fn give_back(&self, credits: u64) {
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
pub struct Channel(Arc<Core>);

impl Channel {
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

    /// Queues for `credits` without blocking; the end is told by a [`Completion`] under `number`, also when there is nothing to wait for.
    /// Granted credits are out until [`Channel::replenish`].
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

    fn ended(&self, credits: u64, outcome: Outcome) -> Result<Acquired> {
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

/// How a wait for credits ended.
#[derive(Debug)]
pub enum Acquired {
    /// With the credits.
    Granted(Credits),
    /// The deadline passed first; nothing is out.
    TimedOut,
    /// It was cancelled; nothing is out.
    Cancelled,
}

/// Credits that are out. Given back when dropped, in a panic too, once.
#[must_use = "credits are given back when dropped"]
pub struct Credits {
    channel: Channel,
    amount: u64,
}

impl Credits {
    /// How many.
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// Lets the credits stay out until [`Channel::replenish`] or the end of the channel, and returns how many.
    pub fn keep(mut self) -> u64 {
        let amount = std::mem::take(&mut self.amount);
        self.channel.0.kept.fetch_add(amount, Ordering::Relaxed);
        amount
    }

    /// Gives the credits back because the engine refused the write that they were for, and counts a congestion.
    pub fn refund(self) {
        self.channel.0.pool.with(Ledger::congested);
    }
}

impl std::fmt::Debug for Credits {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Credits({})", self.amount)
    }
}

impl Drop for Credits {
    fn drop(&mut self) {
        if self.amount > 0 {
            self.channel.0.give_back(self.amount);
        }
    }
}

/// A place in the queue. Dropped, it gives up its place, or the credits that it was granted.
#[must_use = "a ticket gives up its place when dropped"]
pub struct Ticket {
    channel: Channel,
    place: Place,
    credits: u64,
    taken: bool,
}

enum Place {
    Queued(u64, Waiter),
    Ended(Outcome),
}

impl Ticket {
    /// Waits for the end.
    ///
    /// # Errors
    /// [`Error::CreditsClosed`] when the pool was closed meanwhile.
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
