//! [`Queue`]: the timers of one name and one time, over all key groups.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::group::{Group, Place};
use super::packed::{record_bytes, PageWriter};
use super::registration;
use super::row::{self, Entry, Head};
use super::store::Store;
use crate::error::Result;
use crate::ttl::clock::Time;

/// How much memory a queue may use for the timers that it holds, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Over all key groups, each of which gets the same part.
    pub(super) total_bytes: usize,
    /// Least part of a key group, however many there are.
    pub(super) least_group_bytes: usize,
    /// Greatest part of a key group: about 900 small timers. More makes neither registering nor popping faster (measured).
    pub(super) most_group_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total_bytes: 16 << 20, least_group_bytes: 4 << 10, most_group_bytes: 64 << 10 }
    }
}

/// A timer taken out of memory: its key group, itself, and whether the engine may have its row.
pub(super) type Taken = (u16, Entry, bool);

/// The timers of one name and one time.
pub(super) struct Queue {
    id: u32,
    time: Time,
    limits: Limits,
    /// The key groups that have timers.
    groups: BTreeMap<u16, Group>,
    /// The bound of each group with the group: the first leads to the earliest timer.
    order: BTreeSet<(i64, u16)>,
}

impl Queue {
    /// Registers the queue and finds the key groups that have timers. Reads none but the first of each.
    ///
    /// # Errors
    /// [`Error::StateMismatch`](crate::Error::StateMismatch) when another queue has the same id;
    /// [`Error::Damaged`](crate::Error::Damaged); those of the family.
    pub(super) fn open(
        store: &Store, name: &str, time: Time, groups: &RangeInclusive<u16>, limits: Limits,
    ) -> Result<Self> {
        let id = registration::register(store.family(), name, time)?;
        let mut queue = Self { id, time, limits, groups: BTreeMap::new(), order: BTreeSet::new() };
        for (group, first) in store.first_entries(id, *groups.start(), *groups.end())? {
            queue.order.insert((first.timestamp(), group));
            queue.groups.insert(group, Group::unread(first));
        }
        Ok(queue)
    }

    pub(super) fn time(&self) -> Time {
        self.time
    }

    /// The first part of the row keys of a key group.
    pub(super) fn head(&self, group: u16) -> Head {
        row::head(group, self.id)
    }

    /// The key groups that have timers.
    pub(super) fn groups(&self) -> &BTreeMap<u16, Group> {
        &self.groups
    }

    /// Memory that the timers held take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.groups.values().map(Group::bytes).sum()
    }

    fn group_limit(&self) -> usize {
        let part = self.limits.total_bytes / self.groups.len().max(1);
        part.clamp(self.limits.least_group_bytes, self.limits.most_group_bytes)
    }

    /// Where a timer is, or would be.
    pub(super) fn place(&self, group: u16, entry: &Entry) -> Place {
        self.groups.get(&group).map_or(Place::Absent, |group| group.place(entry))
    }

    /// Takes a timer in. `written` says whether the engine may have its row; if not, and it belongs beyond what is held, the store gets it.
    #[inline]
    pub(super) fn add(&mut self, group: u16, entry: Entry, written: bool, store: &mut Store) {
        let (head, limit) = (self.head(group), self.group_limit());
        let held = self.groups.entry(group).or_insert_with(Group::empty);
        let before = held.bound();
        held.add(head, entry, written, store);
        held.cut(head, limit, store);
        let after = held.bound();
        self.note(group, before, after);
    }

    /// Removes a timer. With `gather` the store is to remove its row, if there may be one; otherwise that was done.
    pub(super) fn remove(&mut self, group: u16, entry: &Entry, gather: bool, store: &mut Store) {
        let head = self.head(group);
        let Some(held) = self.groups.get_mut(&group) else { return };
        let before = held.bound();
        held.remove(head, entry, gather, store);
        let after = held.bound();
        self.note(group, before, after);
    }

    /// Takes timers back that were taken out.
    pub(super) fn put_back(&mut self, taken: Vec<Taken>, store: &mut Store) {
        for (group, entry, written) in taken {
            self.add(group, entry, written, store);
        }
    }

    /// Keeps the order when the bound of a group has changed.
    #[inline]
    fn note(&mut self, group: u16, before: Option<i64>, after: Option<i64>) {
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.order.remove(&(before, group));
        }
        match after {
            Some(after) => {
                self.order.insert((after, group));
            }
            None => {
                self.groups.remove(&group);
            }
        }
    }

    /// The group that has the earliest timer, when that is not after `up_to`. The timer is in memory then.
    fn earliest(&mut self, up_to: i64, store: &mut Store) -> Result<Option<u16>> {
        while let Some(&(bound, group)) = self.order.first().filter(|(bound, _)| *bound <= up_to) {
            let (head, limit) = (self.head(group), self.group_limit());
            let Some(held) = self.groups.get_mut(&group).filter(|held| held.wants_refill()) else {
                return Ok(Some(group));
            };
            held.refill(head, limit, store)?;
            let after = held.bound();
            self.note(group, Some(bound), after);
        }
        Ok(None)
    }

    /// When the earliest timer is due.
    ///
    /// # Errors
    /// Those of the family.
    pub(super) fn next(&mut self, store: &mut Store) -> Result<Option<i64>> {
        let earliest = self.earliest(i64::MAX, store)?;
        Ok(earliest.and_then(|_| self.order.first()).map(|(timestamp, _)| *timestamp))
    }

    /// Moves the timers due up to `up_to` from memory to the page and to `taken`, as many as fit. Returns the size of the record that
    /// no longer fitted.
    ///
    /// # Errors
    /// Those of the family; the timers in `taken` are to be put back then.
    pub(super) fn pop(
        &mut self, up_to: i64, page: &mut PageWriter<'_>, taken: &mut Vec<Taken>, store: &mut Store,
    ) -> Result<Option<usize>> {
        while let Some(group) = self.earliest(up_to, store)? {
            if let Some(short) = self.pop_run(group, up_to, page, taken) {
                return Ok(Some(short));
            }
        }
        Ok(None)
    }

    /// Pops from one group until another has an earlier timer.
    fn pop_run(&mut self, group: u16, up_to: i64, page: &mut PageWriter<'_>, taken: &mut Vec<Taken>) -> Option<usize> {
        let last = self.order.iter().nth(1).map_or((up_to, u16::MAX), |other| (up_to, u16::MAX).min(*other));
        let held = self.groups.get_mut(&group)?;
        let before = held.bound();
        let mut short = None;
        while let Some(first) = held.first().filter(|first| (first.timestamp(), group) <= last) {
            if !page.push(self.time, first) {
                short = Some(record_bytes(first));
                break;
            }
            taken.extend(held.pop().map(|(entry, written)| (group, entry, written)));
        }
        let after = held.bound();
        self.note(group, before, after);
        short
    }

    /// Counts the timers, reading all that are not in memory.
    ///
    /// # Errors
    /// Those of the family.
    pub(super) fn count(&self, store: &mut Store) -> Result<u64> {
        const PAGE_BYTES: usize = 64 << 10;
        let mut count = 0;
        for (group, held) in &self.groups {
            let (head, beyond) = held.parts();
            count += head.len() as u64;
            let Some(beyond) = beyond else { continue };
            held.settle(store)?;
            let mut walk = store.walk(self.head(*group), beyond, i64::MAX, PAGE_BYTES)?;
            while let rows @ 1.. = walk.page()?.row_count() {
                count += rows as u64;
            }
        }
        Ok(count)
    }

    /// Gives the store what the engine does not have yet.
    pub(super) fn hand_over(&mut self, store: &mut Store) {
        for (group, held) in &mut self.groups {
            held.hand_over(row::head(*group, self.id), store);
        }
    }
}
