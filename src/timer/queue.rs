//! [`Queue`]: the timers of one name and one time, over all key groups.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
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
    /// First key group of the range.
    first: u16,
    /// By key group; none for one without timers.
    groups: Vec<Option<Box<Group>>>,
    /// How many have timers.
    active_count: usize,
    /// The bound of each group with the group: the least leads to the earliest timer. Holds outdated bounds as well, which are dropped
    /// when they come up.
    order: BinaryHeap<Reverse<(i64, u16)>>,
}

impl Queue {
    /// Registers the queue and finds the key groups that have timers. Reads none but the first of each.
    ///
    /// # Errors
    /// [`Error::StateMismatch`](crate::Error::StateMismatch) when another queue has the same id;
    /// [`Error::Damaged`](crate::Error::Damaged); those of the family.
    pub(super) fn open(
        store: &Store, name: &str, time: Time, range: &RangeInclusive<u16>, limits: Limits,
    ) -> Result<Self> {
        let id = registration::register(store.registry(), name, time)?;
        let (first, last) = (*range.start(), *range.end());
        let groups = (first..=last).map(|_| None).collect();
        let mut queue = Self { id, time, limits, first, groups, active_count: 0, order: BinaryHeap::new() };
        for (group, entry) in store.first_entries(id, first, last)? {
            *queue.group_or_new(group) = Group::unread(entry);
            queue.list(group);
        }
        Ok(queue)
    }

    /// The first part of the row keys of a key group.
    pub(super) fn head(&self, group: u16) -> Head {
        row::head(group, self.id)
    }

    /// A key group of the range, when it has timers.
    pub(super) fn group(&self, group: u16) -> Option<&Group> {
        self.groups.get(usize::from(group.checked_sub(self.first)?))?.as_deref()
    }

    fn group_mut(&mut self, group: u16) -> Option<&mut Group> {
        self.groups.get_mut(usize::from(group.checked_sub(self.first)?))?.as_deref_mut()
    }

    fn group_or_new(&mut self, group: u16) -> &mut Group {
        let place = &mut self.groups[usize::from(group - self.first)];
        place.get_or_insert_with(|| {
            self.active_count += 1;
            Box::new(Group::empty())
        })
    }

    /// The key groups that have timers.
    pub(super) fn groups(&self) -> impl Iterator<Item = (u16, &Group)> {
        (self.first..).zip(&self.groups).filter_map(|(group, held)| Some((group, held.as_deref()?)))
    }

    /// Memory that the timers held take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let order = self.order.len() * size_of::<(i64, u16)>();
        order + self.groups().map(|(_, held)| held.bytes()).sum::<usize>()
    }

    fn group_limit(&self) -> usize {
        let part = self.limits.total_bytes / self.active_count.max(1);
        part.clamp(self.limits.least_group_bytes, self.limits.most_group_bytes)
    }

    /// Where a timer is, or would be.
    pub(super) fn place(&self, group: u16, entry: &Entry) -> Place {
        self.group(group).map_or(Place::Absent, |group| group.place(entry))
    }

    /// Takes a timer in. `written` says whether the engine may have its row; if not, and it belongs beyond what is held, the store gets it.
    pub(super) fn add(&mut self, group: u16, entry: Entry, written: bool, store: &mut Store) {
        let (head, limit) = (self.head(group), self.group_limit());
        let held = self.group_or_new(group);
        let before = held.bound();
        held.add(head, entry, written, store);
        held.cut(head, limit, store);
        if held.bound() != before {
            self.list(group);
        }
    }

    /// Removes a timer. With `gather` the store is to remove its row, if there may be one; otherwise that was done.
    pub(super) fn remove(&mut self, group: u16, entry: &Entry, gather: bool, store: &mut Store) {
        let head = self.head(group);
        let Some(held) = self.group_mut(group) else { return };
        let before = held.bound();
        held.remove(head, entry, gather, store);
        if held.bound() != before {
            self.list(group);
        }
    }

    /// Takes timers back that were taken out.
    pub(super) fn put_back(&mut self, taken: Vec<Taken>, store: &mut Store) {
        for (group, entry, written) in taken {
            self.add(group, entry, written, store);
        }
    }

    /// Puts a group into the order with its new bound, or lets it go when it has no timers.
    fn list(&mut self, group: u16) {
        const SLACK: usize = 64;
        let Some(bound) = self.group(group).and_then(Group::bound) else {
            self.groups[usize::from(group - self.first)] = None;
            self.active_count -= 1;
            return;
        };
        if self.order.len() > 2 * self.active_count + SLACK {
            self.order = self.groups().filter_map(|(group, held)| Some(Reverse((held.bound()?, group)))).collect();
        } else {
            self.order.push(Reverse((bound, group)));
        }
    }

    /// The group that has the earliest timer, when that is not after `up_to`. The timer is in memory then, the group first in the order.
    fn earliest(&mut self, up_to: i64, store: &mut Store) -> Result<Option<u16>> {
        let limit = self.group_limit();
        while let Some(&Reverse((bound, group))) = self.order.peek().filter(|first| first.0 .0 <= up_to) {
            let head = self.head(group);
            match self.group_mut(group).filter(|held| held.bound() == Some(bound)) {
                Some(held) if held.wants_refill() => {
                    held.refill(head, limit, store)?;
                    self.order.pop();
                    self.list(group);
                }
                Some(_) => return Ok(Some(group)),
                None => drop(self.order.pop()),
            }
        }
        Ok(None)
    }

    /// When the earliest timer is due.
    ///
    /// # Errors
    /// Those of the family.
    pub(super) fn next(&mut self, store: &mut Store) -> Result<Option<i64>> {
        let earliest = self.earliest(i64::MAX, store)?;
        Ok(earliest.and_then(|group| self.group(group)?.bound()))
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

    /// Pops from the group that is first in the order until another has an earlier timer.
    fn pop_run(&mut self, group: u16, up_to: i64, page: &mut PageWriter<'_>, taken: &mut Vec<Taken>) -> Option<usize> {
        self.order.pop();
        let last = self.order.peek().map_or((up_to, u16::MAX), |other| other.0.min((up_to, u16::MAX)));
        let time = self.time;
        let held = self.group_mut(group)?;
        let mut short = None;
        while let Some(first) = held.first().filter(|first| (first.timestamp(), group) <= last) {
            if !page.push(time, first) {
                short = Some(record_bytes(first));
                break;
            }
            taken.extend(held.pop().map(|(entry, written)| (group, entry, written)));
        }
        self.list(group);
        short
    }

    /// Counts the timers, reading all that are not in memory.
    ///
    /// # Errors
    /// Those of the family.
    pub(super) fn count(&self, store: &mut Store) -> Result<u64> {
        const PAGE_BYTES: usize = 64 << 10;
        let mut count = 0;
        for (group, held) in self.groups() {
            let (head, beyond) = held.parts();
            count += head.len() as u64;
            let Some(beyond) = beyond else { continue };
            held.settle(store)?;
            let mut walk = store.walk(self.head(group), beyond, i64::MAX, PAGE_BYTES)?;
            while let rows @ 1.. = walk.page()?.row_count() {
                count += rows as u64;
            }
        }
        Ok(count)
    }

    /// Gives the store what the engine does not have yet.
    pub(super) fn hand_over(&mut self, store: &mut Store) {
        for (group, held) in (self.first..).zip(&mut self.groups) {
            if let Some(held) = held {
                held.hand_over(row::head(group, self.id), store);
            }
        }
    }
}
