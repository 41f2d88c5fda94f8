//! [`Group`]: the timers of one key group in one queue, the earliest of them in memory.

use std::collections::BTreeMap;

use super::row::{Entry, Head};
use super::store::Store;
use crate::error::Result;

/// What an entry in memory costs beside key and namespace, in bytes: its place in the tree, the allocation, slack of the nodes.
const ENTRY_OVERHEAD_BYTES: usize = 64;
/// A refill reads this part of what a group may hold, so that there is room for what is registered meanwhile.
const REFILL_PART: usize = 4;

/// Where a timer is, or would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In memory.
    Held,
    /// Nowhere: it would be in memory.
    Absent,
    /// In the engine, or nowhere.
    Beyond,
}

/// The timers of one key group.
///
/// IMPORTANT: `head` holds exactly the timers before `beyond`, and the engine, with what the [`Store`] has gathered, exactly the others.
/// Therefore nothing before `beyond` is ever read again, neither rows nor tombstones.
pub(super) struct Group {
    /// Timers in memory, each with whether the engine, or the store, has its row.
    head: BTreeMap<Entry, bool>,
    /// Where the engine's part begins; none when everything is in memory.
    beyond: Option<Entry>,
    /// Memory that the head takes.
    bytes: usize,
    /// Whether the head may hold timers that were never written.
    unwritten: bool,
    /// Epoch of the store in which it last gathered something that may lie beyond: it must be flushed before the engine is read.
    unsettled: u64,
}

fn cost(entry: &Entry) -> usize {
    entry.owner_bytes() + ENTRY_OVERHEAD_BYTES
}

impl Group {
    /// A group without timers.
    pub(super) fn empty() -> Self {
        Self { head: BTreeMap::new(), beyond: None, bytes: 0, unwritten: false, unsettled: 0 }
    }

    /// A group whose timers are all in the engine, from `first` on.
    pub(super) fn unread(first: Entry) -> Self {
        Self { beyond: Some(first), ..Self::empty() }
    }

    /// Memory that its timers take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The timers in memory, in order, and where the engine's begin.
    pub(super) fn parts(&self) -> (&BTreeMap<Entry, bool>, Option<&Entry>) {
        (&self.head, self.beyond.as_ref())
    }

    /// No timer is due earlier than this; none when there is no timer.
    pub(super) fn bound(&self) -> Option<i64> {
        self.head.first_key_value().map(|(first, _)| first).or(self.beyond.as_ref()).map(Entry::timestamp)
    }

    /// Whether there are timers and none of them is in memory.
    pub(super) fn wants_refill(&self) -> bool {
        self.head.is_empty() && self.beyond.is_some()
    }

    pub(super) fn place(&self, entry: &Entry) -> Place {
        match &self.beyond {
            Some(beyond) if entry >= beyond => Place::Beyond,
            _ if self.head.contains_key(entry) => Place::Held,
            _ => Place::Absent,
        }
    }

    /// Takes a timer in, unless it is here already. One that belongs beyond goes to the store, unless it is `written` already.
    pub(super) fn add(&mut self, head: Head, entry: Entry, written: bool, store: &mut Store) {
        if self.beyond.as_ref().is_some_and(|beyond| entry >= *beyond) {
            if !written {
                store.put(head, &entry);
                self.unsettled = store.epoch();
            }
            return;
        }
        self.hold(entry, written);
    }

    fn hold(&mut self, entry: Entry, written: bool) {
        let (count, cost) = (self.head.len(), cost(&entry));
        self.head.entry(entry).or_insert(written);
        if self.head.len() > count {
            self.bytes += cost;
            self.unwritten |= !written;
        }
    }

    /// Removes a timer. With `gather` the store is to remove its row, if there may be one; otherwise that was done.
    pub(super) fn remove(&mut self, head: Head, entry: &Entry, gather: bool, store: &mut Store) {
        let is_beyond = self.beyond.as_ref().is_some_and(|beyond| entry >= beyond);
        let written = if is_beyond { Some(true) } else { self.head.remove(entry) };
        if written == Some(true) && gather {
            store.delete(head, entry);
        }
        if is_beyond {
            self.unsettled = store.epoch();
        } else if written.is_some() {
            self.bytes -= cost(entry);
        }
    }

    /// The earliest timer in memory.
    pub(super) fn first(&self) -> Option<&Entry> {
        self.head.first_key_value().map(|(first, _)| first)
    }

    /// Removes the earliest timer in memory.
    pub(super) fn pop(&mut self) -> Option<(Entry, bool)> {
        let (entry, written) = self.head.pop_first()?;
        self.bytes -= cost(&entry);
        Some((entry, written))
    }

    /// Leaves the later timers to the engine when those in memory take more than `limit` bytes; about half stays, and at least one.
    pub(super) fn cut(&mut self, head: Head, limit: usize, store: &mut Store) {
        if self.bytes <= limit {
            return;
        }
        while self.bytes > limit / 2 && self.head.len() > 1 {
            let Some((entry, written)) = self.head.pop_last() else { return };
            self.bytes -= cost(&entry);
            if !written {
                store.put(head, &entry);
            }
            self.beyond = Some(entry);
        }
        // What was gathered for timers that used to be in memory may lie beyond now.
        self.unsettled = store.epoch();
    }

    /// Gives the store what the engine does not have yet.
    pub(super) fn hand_over(&mut self, head: Head, store: &mut Store) {
        if !std::mem::take(&mut self.unwritten) {
            return;
        }
        for (entry, written) in &mut self.head {
            if !*written {
                store.put(head, entry);
                *written = true;
            }
        }
    }

    /// Makes the engine hold all that lies beyond.
    ///
    /// # Errors
    /// Those of the family.
    pub(super) fn settle(&self, store: &mut Store) -> Result<()> {
        if self.unsettled == store.epoch() {
            return store.flush();
        }
        Ok(())
    }

    /// Reads the next timers from the engine when none is in memory.
    ///
    /// # Errors
    /// [`Error::Damaged`](crate::Error::Damaged); those of the family. The group is as it was.
    pub(super) fn refill(&mut self, head: Head, limit: usize, store: &mut Store) -> Result<()> {
        let Some(first) = self.beyond.as_ref().filter(|_| self.head.is_empty()) else { return Ok(()) };
        self.settle(store)?;
        let mut walk = store.walk(head, first, i64::MAX, limit / REFILL_PART)?;
        let mut entries = Vec::new();
        for entry in walk.page()?.entries() {
            entries.push(entry?);
        }
        let at_end = walk.is_at_end()?;
        self.beyond = entries.last().filter(|_| !at_end).map(Entry::successor);
        entries.into_iter().for_each(|entry| self.hold(entry, true));
        Ok(())
    }
}
