//! [`Account`]: what a channel has, and its calls that wait.

use std::collections::VecDeque;
use std::time::Duration;

pub(in crate::credit) struct Waiting<W> {
    pub(super) number: u64,
    pub(super) credits: u64,
    pub(super) since: Duration,
    pub(in crate::credit) deadline: Option<Duration>,
    pub(super) who: W,
}

pub(in crate::credit) struct Account<W> {
    pub(in crate::credit) name: String,
    /// Credits of its own at full capacity.
    pub(super) exclusive: u64,
    /// Credits of its own at the limit in force.
    pub(in crate::credit) share: u64,
    pub(in crate::credit) out: u64,
    /// Floating credits that it may take before the turn passes on.
    pub(super) deficit: u64,
    /// By number: calls come in order.
    pub(in crate::credit) queue: VecDeque<Waiting<W>>,
    pub(super) closed: bool,
}

impl<W> Account<W> {
    pub(in crate::credit) fn floating_out(&self) -> u64 {
        self.out.saturating_sub(self.share)
    }

    pub(super) fn own_free(&self) -> u64 {
        self.share.saturating_sub(self.out)
    }

    /// What its first call needs beyond its own share.
    pub(in crate::credit) fn floating_need(&self) -> Option<(u64, u64)> {
        let first = self.queue.front()?;
        Some((first.credits, first.credits.saturating_sub(self.own_free())))
    }
}
