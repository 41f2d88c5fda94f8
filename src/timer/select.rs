//! Queries that look without taking, or that want some of the timers only: they walk through memory and engine alike.

use std::collections::BinaryHeap;

use super::packed::record_bytes;
use super::queue::Queue;
use super::row::Entry;
use super::service::Query;
use super::store::Store;
use crate::error::Result;

const PAGE_BYTES: usize = 16 << 10;

/// A timer with its key group, sorted as timers are due.
type Found = (i64, u16, Entry);

/// The earliest of the timers offered whose records fit into a page.
pub(super) struct Selection {
    chosen: BinaryHeap<Found>,
    bytes: usize,
    capacity: usize,
    /// The earliest one that does not fit: it ends the page.
    end: Option<Found>,
}

impl Selection {
    fn new(capacity: usize) -> Self {
        Self { chosen: BinaryHeap::new(), bytes: 0, capacity, end: None }
    }

    /// Offers a timer. False when neither it nor any later one belongs to the page.
    fn offer(&mut self, group: u16, entry: &Entry) -> bool {
        let is_after = |end: &Found| (entry.timestamp(), group, entry) >= (end.0, end.1, &end.2);
        if self.end.as_ref().is_some_and(is_after) {
            return false;
        }
        self.bytes += record_bytes(entry);
        self.chosen.push((entry.timestamp(), group, entry.clone()));
        while self.bytes > self.capacity {
            self.end = self.chosen.pop();
            self.bytes -= self.end.as_ref().map_or(self.bytes, |end| record_bytes(&end.2));
        }
        true
    }

    /// Size of the record that no longer fitted.
    pub(super) fn short(&self) -> Option<usize> {
        self.end.as_ref().map(|end| record_bytes(&end.2))
    }

    /// The timers with their key groups, in order.
    pub(super) fn into_timers(self) -> impl Iterator<Item = (u16, Entry)> {
        self.chosen.into_sorted_vec().into_iter().map(|(_, group, entry)| (group, entry))
    }
}

impl Query<'_> {
    fn wants(&self, entry: &Entry) -> bool {
        self.key.is_none_or(|(_, key)| entry.key() == key)
            && self.namespace.is_none_or(|namespace| entry.namespace() == namespace)
    }
}

impl Queue {
    /// Finds the timers that the query wants, as many as fit into `capacity` bytes of records. With a key, in its key group only.
    ///
    /// # Errors
    /// [`Error::Damaged`](crate::Error::Damaged); those of the family.
    pub(super) fn select(&self, query: &Query<'_>, capacity: usize, store: &mut Store) -> Result<Selection> {
        let mut selection = Selection::new(capacity);
        match query.key {
            Some((group, _)) => self.select_in(group, query, &mut selection, store)?,
            None => {
                for (group, _) in self.groups() {
                    self.select_in(group, query, &mut selection, store)?;
                }
            }
        }
        Ok(selection)
    }

    fn select_in(&self, group: u16, query: &Query<'_>, selection: &mut Selection, store: &mut Store) -> Result<()> {
        let Some(held) = self.group(group) else { return Ok(()) };
        let (head, beyond) = held.parts();
        let mut ends =
            |entry: &Entry| entry.timestamp() > query.up_to || (query.wants(entry) && !selection.offer(group, entry));
        if head.keys().any(&mut ends) {
            return Ok(());
        }
        let Some(beyond) = beyond.filter(|beyond| beyond.timestamp() <= query.up_to) else { return Ok(()) };
        held.settle(store)?;
        let mut walk = store.walk(self.head(group), beyond, query.up_to, PAGE_BYTES)?;
        loop {
            let rows = walk.page()?;
            if rows.row_count() == 0 {
                return Ok(());
            }
            for entry in rows.entries() {
                if ends(&entry?) {
                    return Ok(());
                }
            }
        }
    }
}
