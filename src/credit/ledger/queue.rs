//! Calls that wait for credits: how they come into the queue of their channel, and how they leave it.

use std::collections::VecDeque;
use std::time::Duration;

use super::account::Waiting;
use super::Ledger;
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

impl<W> Ledger<W> {
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

    pub(super) fn dismiss(&mut self, channel: usize) {
        let first = |ledger: &Self| ledger.accounts[channel].as_ref()?.queue.front().map(|call| call.number);
        while let Some(number) = first(self) {
            self.finish(channel, number, Outcome::Closed);
        }
    }

    /// Takes a call out of its queue, and an empty queue out of the round.
    pub(super) fn finish(&mut self, channel: usize, number: u64, outcome: Outcome) -> bool {
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

    fn place_of(&self, entry: (Duration, usize, u64)) -> usize {
        self.deadlines.partition_point(|other| *other > entry)
    }
}
