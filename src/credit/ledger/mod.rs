//! [`Ledger`]: the books of a pool. Who has how many credits, who waits for them, and whose turn it is. No lock, no clock, no thread.
//!
//! Of the limit C each channel has a share of its own, which is never lent; the rest floats. A channel uses its own share first and
//! gives floating credits back first. At every step `free + outstanding = max(C, outstanding)`: when the limit falls below what is out,
//! nothing is granted until the difference is repaid.

mod account;
mod queue;
mod turns;

use std::collections::VecDeque;
use std::time::Duration;

use super::waits::Waits;
use crate::error::{Error, Result};

pub(super) use account::Account;
pub(crate) use queue::{Entry, Finished, Outcome};

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
}
