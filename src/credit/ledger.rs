//! [`Ledger`]: the books of a pool. Who has how many credits, who waits for them, and whose turn it is. No lock, no clock, no thread.
//!
//! Of the limit C each channel has a share of its own, which is never lent; the rest floats. A channel uses its own share first and
//! gives floating credits back first. At every step `free + outstanding = max(C, outstanding)`: when the limit falls below what is out,
//! nothing is granted until the difference is repaid.

use std::collections::VecDeque;
use std::time::Duration;

use super::waits::Waits;
use crate::error::{Error, Result};

/// Why a waiting call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Outcome {
    Granted = 1,
    TimedOut = 2,
    Cancelled = 3,
    Closed = 4,
}

/// A waiting call that ended: who waited, for how many credits, and how it ended.
pub(crate) type Finished<W> = (W, u64, Outcome);

/// What a call is told at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The credits are out.
    Granted,
    /// It stands in the queue under this number.
    Queued(u64),
    /// Its deadline has passed.
    TimedOut,
}

impl Entry {
    /// How a call ended that does not wait; one that does is as good as not ended.
    pub(crate) fn outcome(self) -> Outcome {
        if self == Entry::Granted {
            Outcome::Granted
        } else {
            Outcome::TimedOut
        }
    }
}

pub(super) struct Waiting<W> {
    number: u64,
    credits: u64,
    since: Duration,
    pub(super) deadline: Option<Duration>,
    who: W,
}

pub(super) struct Account<W> {
    pub(super) name: String,
    /// Credits of its own at full capacity.
    exclusive: u64,
    /// Credits of its own at the limit in force.
    pub(super) share: u64,
    pub(super) out: u64,
    /// Floating credits that it may take before the turn passes on.
    deficit: u64,
    /// By number: calls come in order.
    pub(super) queue: VecDeque<Waiting<W>>,
    closed: bool,
}

impl<W> Account<W> {
    pub(super) fn floating_out(&self) -> u64 {
        self.out.saturating_sub(self.share)
    }

    fn own_free(&self) -> u64 {
        self.share.saturating_sub(self.out)
    }

    /// What its first call needs beyond its own share.
    pub(super) fn floating_need(&self) -> Option<(u64, u64)> {
        let first = self.queue.front()?;
        Some((first.credits, first.credits.saturating_sub(self.own_free())))
    }
}

/// Counts since the pool was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) granted_credits: u64,
    pub(crate) granted_calls: u64,
    pub(crate) refused_calls: u64,
    pub(crate) timed_out_calls: u64,
    pub(crate) cancelled_calls: u64,
    pub(crate) congestions: u64,
}

/// The books. `W` says who waits.
pub(crate) struct Ledger<W> {
    pub(super) capacity: u64,
    largest_request: u64,
    pub(super) limit: u64,
    /// While the engine stands still: whether one more call may be granted.
    probe: Option<bool>,
    pub(super) out: u64,
    pub(super) floating_out: u64,
    exclusive: u64,
    pub(super) shares: u64,
    pub(super) accounts: Vec<Option<Account<W>>>,
    /// Channels with waiting calls, each once; the first has the turn.
    pub(super) turn: VecDeque<usize>,
    /// Whether the first of them has its quantum for this turn.
    visiting: bool,
    /// The next one last.
    pub(super) deadlines: Vec<(Duration, usize, u64)>,
    finished: Vec<Finished<W>>,
    next_number: u64,
    pub(super) now: Duration,
    closed: bool,
    peak_out: u64,
    counts: Counts,
    waits: Waits,
}

impl<W> Ledger<W> {
    /// Books of `capacity` credits, all of them free; no call may ask to wait for more than `largest_request` of them.
    pub(crate) fn new(capacity: u64, largest_request: u64) -> Self {
        Self {
            capacity,
            largest_request,
            limit: capacity,
            probe: None,
            out: 0,
            floating_out: 0,
            exclusive: 0,
            shares: 0,
            accounts: Vec::new(),
            turn: VecDeque::new(),
            visiting: false,
            deadlines: Vec::new(),
            finished: Vec::new(),
            next_number: 1,
            now: Duration::ZERO,
            closed: false,
            peak_out: 0,
            counts: Counts::default(),
            waits: Waits::new(),
        }
    }

    /// Opens a channel with `exclusive` credits of its own and returns its index.
    ///
    /// # Errors
    /// [`Error::CreditsClosed`]; [`Error::InvalidArgument`] when the channels together would own more than half of the capacity.
    pub(crate) fn enter(&mut self, name: &str, exclusive: u64) -> Result<usize> {
        if self.closed {
            return Err(Error::CreditsClosed(name.to_owned()));
        }
        let most = self.capacity / 2 - self.exclusive;
        if exclusive > most {
            return Err(Error::InvalidArgument(format!(
                "channel '{name}' asks for {exclusive} exclusive credits and {most} can still be given: channels together own at most \
                 half of the capacity of {}",
                self.capacity
            )));
        }
        let account = Account {
            name: name.to_owned(),
            exclusive,
            share: 0,
            out: 0,
            deficit: 0,
            queue: VecDeque::new(),
            closed: false,
        };
        let channel = self.accounts.iter().position(Option::is_none).unwrap_or(self.accounts.len());
        if channel == self.accounts.len() {
            self.accounts.push(None);
        }
        self.accounts[channel] = Some(account);
        self.exclusive += exclusive;
        self.share_out();
        // Rounding may have freed one.
        self.serve_all();
        Ok(channel)
    }

    /// Closes a channel: its waiting calls are answered, what is out of it is free again.
    pub(crate) fn leave(&mut self, channel: usize) {
        self.dismiss(channel);
        let Some(account) = self.accounts[channel].take() else { return };
        self.out -= account.out;
        self.exclusive -= account.exclusive;
        self.share_out();
        self.serve_all();
    }

    /// Grants up to `credits`, at once, without overtaking a call that waits for the same.
    pub(crate) fn request(&mut self, channel: usize, credits: u64) -> Result<u64> {
        self.check(channel, credits)?;
        let account = self.account(channel);
        if !account.queue.is_empty() {
            self.counts.refused_calls += 1;
            return Ok(0);
        }
        let floating = if self.turn.is_empty() { self.floating_free() } else { 0 };
        let granted = credits.min(account.own_free() + floating).min(self.headroom());
        if granted == 0 {
            self.counts.refused_calls += 1;
            return Ok(0);
        }
        self.waits.none();
        self.hand_out(channel, granted);
        Ok(granted)
    }

    /// Grants `credits`, or has the call wait for them until `deadline`, in order.
    pub(crate) fn acquire(
        &mut self, channel: usize, credits: u64, now: Duration, deadline: Option<Duration>, who: impl FnOnce() -> W,
    ) -> Result<Entry> {
        self.check(channel, credits)?;
        if credits > self.largest_request {
            return Err(Error::InvalidArgument(format!(
                "channel '{}' is asked to wait for {credits} credits; one call may wait for at most {}, the pool's `largest_request`",
                self.account(channel).name,
                self.largest_request
            )));
        }
        let now = self.expire(now);
        let account = self.account(channel);
        let (own, alone) = (account.own_free(), account.queue.is_empty());
        let floating = if self.turn.is_empty() { self.floating_free() } else { 0 };
        if alone && credits <= (own + floating).min(self.headroom()) {
            self.waits.none();
            self.hand_out(channel, credits);
            return Ok(Entry::Granted);
        }
        if deadline.is_some_and(|deadline| deadline <= now) {
            self.waits.record(now, Duration::ZERO);
            self.counts.timed_out_calls += 1;
            return Ok(Entry::TimedOut);
        }
        let number = self.next_number;
        self.next_number += 1;
        if let Some(deadline) = deadline {
            let entry = (deadline, channel, number);
            self.deadlines.insert(self.place_of(entry), entry);
        }
        self.account_mut(channel).queue.push_back(Waiting { number, credits, since: now, deadline, who: who() });
        if alone {
            self.turn.push_back(channel);
        }
        Ok(Entry::Queued(number))
    }

    /// Takes credits back and passes them on. The caller has made sure that they are out.
    pub(crate) fn give_back(&mut self, channel: usize, credits: u64) {
        let account = self.account_mut(channel);
        let floating = account.floating_out();
        account.out -= credits;
        let freed = floating - account.floating_out();
        // Only while more floats than should do own shares wait for what others give back.
        let own_shares_wait = self.floating_out > self.limit - self.shares;
        self.floating_out -= freed;
        self.out -= credits;
        if self.turn.is_empty() {
            return;
        }
        if own_shares_wait {
            self.serve_all();
        } else {
            self.serve_own(channel);
            self.serve_floating();
        }
    }

    /// Counts a write that the engine refused because it would have had to wait.
    pub(crate) fn congested(&mut self) {
        self.counts.congestions += 1;
    }

    /// Ends a waiting call; false when it has ended already.
    pub(crate) fn cancel(&mut self, channel: usize, number: u64) -> bool {
        let found = self.finish(channel, number, Outcome::Cancelled);
        if found {
            // What it held up may go on.
            self.serve_all();
        }
        found
    }

    /// Ends the waiting calls for which `wanted` holds, and returns how many.
    pub(crate) fn cancel_where(&mut self, channel: usize, wanted: impl Fn(&W) -> bool) -> usize {
        let queue = self.account(channel).queue.iter();
        let numbers: Vec<u64> = queue.filter(|call| wanted(&call.who)).map(|call| call.number).collect();
        numbers.iter().filter(|number| self.cancel(channel, **number)).count()
    }

    /// Ends the waiting calls whose deadline has passed, and returns the time, which never goes backwards.
    pub(crate) fn expire(&mut self, now: Duration) -> Duration {
        self.now = self.now.max(now);
        let mut any = false;
        while let Some((_, channel, number)) = self.deadlines.last().copied().filter(|next| next.0 <= self.now) {
            any |= self.finish(channel, number, Outcome::TimedOut);
        }
        if any {
            self.serve_all();
        }
        self.now
    }

    /// When the next waiting call runs out of time.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.deadlines.last().map(|next| next.0)
    }

    /// Sets the limit, at most the capacity. With `probing` one call is granted until the limit is set again.
    pub(crate) fn set_limit(&mut self, now: Duration, limit: u64, probing: bool) {
        self.expire(now);
        self.limit = limit.min(self.capacity);
        self.probe = probing.then_some(true);
        self.share_out();
        self.serve_all();
    }

    /// Answers the waiting calls of a channel and refuses new ones. Credits that are out may still come back.
    pub(crate) fn shut(&mut self, channel: usize) {
        self.account_mut(channel).closed = true;
        self.dismiss(channel);
        self.serve_all();
    }

    /// Answers all waiting calls and refuses new ones. Credits that are out may still come back.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        (0..self.accounts.len()).for_each(|channel| self.dismiss(channel));
        self.turn.clear();
    }

    /// The waiting calls that ended since the last look.
    pub(crate) fn finished(&mut self) -> &mut Vec<Finished<W>> {
        &mut self.finished
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn capacity(&self) -> u64 {
        self.capacity
    }

    pub(crate) fn largest_request(&self) -> u64 {
        self.largest_request
    }

    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    pub(crate) fn outstanding(&self) -> u64 {
        self.out
    }

    pub(crate) fn is_probing(&self) -> bool {
        self.probe.is_some()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn channel_count(&self) -> usize {
        self.accounts.iter().flatten().count()
    }

    /// Channels in which calls wait.
    pub(crate) fn waiting_channels(&self) -> usize {
        self.turn.len()
    }

    /// Credits and calls that wait.
    pub(crate) fn waiting(&self) -> (u64, usize) {
        let queues = || self.accounts.iter().flatten().map(|account| &account.queue);
        (queues().flatten().map(|call| call.credits).sum(), queues().map(VecDeque::len).sum())
    }

    /// How long calls wait: the 95th percentile of those that ended lately, or the age of the oldest that still waits.
    pub(crate) fn queue_wait(&mut self, now: Duration) -> Duration {
        let now = self.expire(now);
        let heads = self.accounts.iter().flatten().filter_map(|account| account.queue.front());
        let oldest = heads.map(|call| now.saturating_sub(call.since)).max();
        self.waits.p95(now).max(oldest.unwrap_or_default())
    }

    /// The most credits that were out at once since the last look.
    pub(crate) fn take_peak(&mut self) -> u64 {
        std::mem::replace(&mut self.peak_out, self.out)
    }

    pub(crate) fn name(&self, channel: usize) -> &str {
        &self.account(channel).name
    }

    fn check(&self, channel: usize, credits: u64) -> Result<()> {
        let Account { name, closed, .. } = self.account(channel);
        if *closed || self.closed {
            return Err(Error::CreditsClosed(name.clone()));
        }
        if credits == 0 {
            return Err(Error::InvalidArgument(format!("channel '{name}' is asked for 0 credits; ask for at least 1")));
        }
        Ok(())
    }

    pub(super) fn account(&self, channel: usize) -> &Account<W> {
        self.accounts[channel].as_ref().expect("a channel keeps its account until it leaves")
    }

    fn account_mut(&mut self, channel: usize) -> &mut Account<W> {
        self.accounts[channel].as_mut().expect("a channel keeps its account until it leaves")
    }

    fn place_of(&self, entry: (Duration, usize, u64)) -> usize {
        self.deadlines.partition_point(|other| *other > entry)
    }

    pub(super) fn headroom(&self) -> u64 {
        if self.probe == Some(false) {
            return 0;
        }
        self.limit.saturating_sub(self.out)
    }

    pub(super) fn floating_free(&self) -> u64 {
        (self.limit - self.shares).saturating_sub(self.floating_out)
    }

    fn hand_out(&mut self, channel: usize, credits: u64) {
        let account = self.account_mut(channel);
        let floating = account.floating_out();
        account.out += credits;
        let taken = account.floating_out() - floating;
        self.floating_out += taken;
        self.out += credits;
        self.peak_out = self.peak_out.max(self.out);
        self.probe = self.probe.map(|_| false);
        self.counts.granted_calls += 1;
        self.counts.granted_credits += credits;
    }

    /// Shares the limit out anew: together the channels own at most half of it, however low it is.
    fn share_out(&mut self) {
        let (half, exclusive) = (u128::from(self.limit / 2), u128::from(self.exclusive));
        (self.shares, self.floating_out) = (0, 0);
        for account in self.accounts.iter_mut().flatten() {
            account.share = if exclusive <= half {
                account.exclusive
            } else {
                (u128::from(account.exclusive) * half / exclusive) as u64
            };
            self.shares += account.share;
            self.floating_out += account.floating_out();
        }
    }

    fn serve_all(&mut self) {
        for channel in 0..self.accounts.len() {
            self.serve_own(channel);
        }
        self.serve_floating();
    }

    /// Grants to the first calls of a channel what its own share has, whosever turn it is.
    fn serve_own(&mut self, channel: usize) {
        while let Some((credits, 0)) = self.accounts[channel].as_ref().and_then(Account::floating_need) {
            if credits > self.headroom() {
                break;
            }
            self.grant_first(channel);
        }
    }

    /// Deficit round robin: each turn brings a quantum, which is spent on floating credits; what is left is kept for the next turn.
    fn serve_floating(&mut self) {
        while let Some(channel) = self.turn.front().copied() {
            let quantum = self.largest_request.max(self.account(channel).exclusive);
            let first_look = !std::mem::replace(&mut self.visiting, true);
            let account = self.account_mut(channel);
            account.deficit += if first_look { quantum } else { 0 };
            let deficit = account.deficit;
            let Some((credits, floating)) = account.floating_need() else { break };
            if floating > deficit {
                self.turn.rotate_left(1);
                self.visiting = false;
            } else if floating > self.floating_free() || credits > self.headroom() {
                // It keeps the turn until there is enough: a large call is not starved by small ones.
                break;
            } else {
                self.account_mut(channel).deficit -= floating;
                self.grant_first(channel);
            }
        }
    }

    fn grant_first(&mut self, channel: usize) {
        if let Some((number, credits)) = self.account(channel).queue.front().map(|call| (call.number, call.credits)) {
            self.hand_out(channel, credits);
            self.finish(channel, number, Outcome::Granted);
        }
    }

    fn dismiss(&mut self, channel: usize) {
        let first = |ledger: &Self| ledger.accounts[channel].as_ref()?.queue.front().map(|call| call.number);
        while let Some(number) = first(self) {
            self.finish(channel, number, Outcome::Closed);
        }
    }

    /// Takes a call out of its queue, and an empty queue out of the round.
    fn finish(&mut self, channel: usize, number: u64, outcome: Outcome) -> bool {
        let Some(account) = self.accounts[channel].as_mut() else { return false };
        let place = account.queue.binary_search_by_key(&number, |call| call.number);
        let Some(call) = place.ok().and_then(|place| account.queue.remove(place)) else { return false };
        if account.queue.is_empty() {
            account.deficit = 0;
            self.visiting &= self.turn.front() != Some(&channel);
            self.turn.retain(|waiting| *waiting != channel);
        }
        if let Some(deadline) = call.deadline {
            let place = self.place_of((deadline, channel, number));
            self.deadlines.remove(place);
        }
        self.waits.record(self.now, self.now.saturating_sub(call.since));
        match outcome {
            Outcome::TimedOut => self.counts.timed_out_calls += 1,
            Outcome::Cancelled => self.counts.cancelled_calls += 1,
            Outcome::Granted | Outcome::Closed => {}
        }
        self.finished.push((call.who, call.credits, outcome));
        true
    }
}
