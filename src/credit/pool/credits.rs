//! [`Credits`]: what a call was granted.

use super::channel::Channel;
use crate::credit::ledger::Ledger;
use crate::credit::sync::Ordering;

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
    pub(super) channel: Channel,
    pub(super) amount: u64,
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
