//! Who gets what there is: shares of the limit, own credits first, and turns for those that float.

use super::account::Account;
use super::queue::Outcome;
use super::Ledger;

impl<W> Ledger<W> {
    pub(in crate::credit) fn headroom(&self) -> u64 {
        if self.probe == Some(false) {
            return 0;
        }
        self.limit.saturating_sub(self.out)
    }

    pub(in crate::credit) fn floating_free(&self) -> u64 {
        (self.limit - self.shares).saturating_sub(self.floating_out)
    }

    pub(super) fn hand_out(&mut self, channel: usize, credits: u64) {
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
    pub(super) fn share_out(&mut self) {
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

    pub(super) fn serve_all(&mut self) {
        for channel in 0..self.accounts.len() {
            self.serve_own(channel);
        }
        self.serve_floating();
    }

    /// Grants to the first calls of a channel what its own share has, whosever turn it is.
    pub(super) fn serve_own(&mut self, channel: usize) {
        while let Some((credits, 0)) = self.accounts[channel].as_ref().and_then(Account::floating_need) {
            if credits > self.headroom() {
                break;
            }
            self.grant_first(channel);
        }
    }

    /// Deficit round robin: each turn brings a quantum, which is spent on floating credits; what is left is kept for the next turn.
    pub(super) fn serve_floating(&mut self) {
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
}
