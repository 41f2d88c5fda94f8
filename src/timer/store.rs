//! [`Store`]: the engine's side of a service. Writes gather in one batch; timers are read back page by page.

use super::row::{self, Entry, Head};
use crate::db::batch::Operation;
use crate::db::column_family::ColumnFamily;
use crate::db::engine::{Direction, Page};
use crate::db::scan::{Scan, ScanOptions};
use crate::error::{Error, Result};
use crate::key;

/// Memory of the writes gathered before they go to the engine: as much as Flink's write batch. About 30,000 small timers, which in order
/// cost the engine less than half of what they cost one by one (measured).
const MAX_BYTES: usize = 2 << 20;
/// Longest row of a walk that is read before its length is known.
const FIRST_PAGE_BYTES: usize = 256;
/// Two lengths in front of each row of a page.
const ROW_HEADER_BYTES: usize = 8;

/// The rows of the timers of one service, of both times.
pub(crate) struct Store {
    family: ColumnFamily,
    /// Where queues are registered.
    registry: ColumnFamily,
    /// What the engine is to be told. Kept when it refuses.
    writes: Vec<Write>,
    /// The row keys of the writes, one after the other.
    row_keys: Vec<u8>,
    /// Counts how often what had gathered was written or forgotten.
    epoch: u64,
    #[cfg(test)]
    pub(super) fails: bool,
}

/// A write under way. Sorts by place in the memtable, so that one insert finds near what the one before it touched; what is on
/// one row keeps its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Write {
    /// Key group and queue id.
    head: Head,
    timestamp: i64,
    /// Where its row key is. Grows from write to write; 32 bits do, because a call brings 256 MiB at most and framing doubles them.
    start: u32,
    length: u32,
    is_delete: bool,
}

impl Store {
    pub(crate) fn new(family: ColumnFamily, registry: ColumnFamily) -> Self {
        Self {
            family,
            registry,
            writes: Vec::new(),
            row_keys: Vec::new(),
            epoch: 1,
            #[cfg(test)]
            fails: false,
        }
    }

    /// The family of the registrations.
    pub(super) fn registry(&self) -> &ColumnFamily {
        &self.registry
    }

    pub(super) fn family(&self) -> &ColumnFamily {
        &self.family
    }

    /// Gathers the write of a timer.
    pub(super) fn put(&mut self, head: Head, entry: &Entry) {
        self.push(head, entry, false);
    }

    /// Gathers the removal of a timer.
    pub(super) fn delete(&mut self, head: Head, entry: &Entry) {
        self.push(head, entry, true);
    }

    fn push(&mut self, head: Head, entry: &Entry, is_delete: bool) {
        let start = self.row_keys.len();
        self.row_keys.extend_from_slice(&head);
        entry.append_to_row_key(&mut self.row_keys);
        let length = self.row_keys.len() - start;
        let timestamp = entry.timestamp();
        self.writes.push(Write { head, timestamp, start: start as u32, length: length as u32, is_delete });
    }

    /// Whether so much has gathered that it should go to the engine.
    pub(super) fn is_full(&self) -> bool {
        self.gathered_bytes() >= MAX_BYTES
    }

    /// Names what is gathered now: the same as before exactly when nothing was written or forgotten in between.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Bytes of what has gathered.
    pub(super) fn gathered_bytes(&self) -> usize {
        self.row_keys.len() + self.writes.len() * size_of::<Write>()
    }

    /// Writes what has gathered, in one batch. When that fails it stays gathered.
    ///
    /// # Errors
    /// [`Error::ColumnFamilyDropped`]; [`Error::Engine`].
    pub(super) fn flush(&mut self) -> Result<()> {
        if self.writes.is_empty() {
            return Ok(());
        }
        #[cfg(test)]
        self.refuse()?;
        self.writes.sort_unstable();
        let operation = |write: &Write| if write.is_delete { Operation::Delete } else { Operation::Put };
        let row_key = |write: &Write| &self.row_keys[write.start as usize..][..write.length as usize];
        let operations = self.writes.iter().map(|write| (operation(write), row_key(write), &[][..]));
        self.family.write(self.gathered_bytes(), operations)?;
        self.forget();
        Ok(())
    }

    /// Writes what has gathered, or forgets it.
    ///
    /// # Errors
    /// As [`Store::flush`].
    pub(super) fn flush_or_forget(&mut self) -> Result<()> {
        let flushed = self.flush();
        if flushed.is_err() {
            self.forget();
        }
        flushed
    }

    fn forget(&mut self) {
        self.writes.clear();
        self.row_keys.clear();
        self.epoch += 1;
        self.writes.shrink_to(MAX_BYTES / size_of::<Write>());
        self.row_keys.shrink_to(MAX_BYTES);
    }

    /// Starts a walk over the rows of a queue in a key group as the engine has them, from `first` to the end or to `last_timestamp`.
    ///
    /// # Errors
    /// [`Error::ColumnFamilyDropped`]; [`Error::Engine`].
    pub(super) fn walk(&self, head: Head, first: &Entry, last_timestamp: i64, page_bytes: usize) -> Result<Walk> {
        #[cfg(test)]
        self.refuse()?;
        let mut lower = head.to_vec();
        first.append_to_row_key(&mut lower);
        let mut upper = head.to_vec();
        upper.extend(last_timestamp.checked_add(1).map(row::flipped).into_iter().flatten());
        let upper = if upper.len() > head.len() { &upper[..] } else { &[] };
        // IMPORTANT: the walk begins at `first` and not at the head of the queue: in front of it lie the tombstones of all the timers
        // that were popped.
        let bounds = ScanOptions { lower: &lower, upper, prefix: &head, ..Default::default() };
        Ok(Walk { scan: self.family.scan(&bounds)?, page: vec![0; page_bytes] })
    }

    /// Finds the first timer of a queue in each key group that has one, going from row to row and not from group to group.
    ///
    /// # Errors
    /// [`Error::ColumnFamilyDropped`]; [`Error::Damaged`]; [`Error::Engine`].
    pub(super) fn first_entries(&self, queue_id: u32, first: u16, last: u16) -> Result<Vec<(u16, Entry)>> {
        let (lower, upper) = (row::head(first, queue_id), row::head(last + 1, 0));
        let bounds = ScanOptions { lower: &lower, upper: &upper, ..Default::default() };
        let mut walk = Walk { scan: self.family.scan(&bounds)?, page: vec![0; FIRST_PAGE_BYTES] };
        let mut found = Vec::new();
        while let Some(row_key) = walk.page()?.next() {
            let (group, id) = key::row::head(row_key).ok_or_else(|| damaged(row_key))?;
            if id == queue_id {
                found.push((group, Entry::of_row_key(row_key).ok_or_else(|| damaged(row_key))?));
            }
            let next = row::head(group + u16::from(id >= queue_id), queue_id);
            walk.scan.seek(&next)?;
        }
        Ok(found)
    }

    #[cfg(test)]
    fn refuse(&self) -> Result<()> {
        if self.fails {
            return Err(Error::StillInUse("the test wants it so".to_owned()));
        }
        Ok(())
    }
}

/// A walk over rows of the engine.
pub(super) struct Walk {
    scan: Scan,
    page: Vec<u8>,
}

impl Walk {
    /// The next rows, as their keys; none at the end.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub(super) fn page(&mut self) -> Result<RowKeys<'_>> {
        loop {
            match self.scan.page(Direction::Forward, &mut self.page)? {
                Page::Filled { length, row_count } => return Ok(RowKeys { rest: &self.page[..length], row_count }),
                Page::Short(needed) => self.page.resize(needed, 0),
            }
        }
    }

    /// Whether no row is left.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub(super) fn is_at_end(&mut self) -> Result<bool> {
        Ok(!matches!(self.scan.page(Direction::Forward, &mut [])?, Page::Short(_)))
    }
}

/// The keys of the rows of a page.
pub(super) struct RowKeys<'a> {
    rest: &'a [u8],
    row_count: usize,
}

impl<'a> RowKeys<'a> {
    /// How many rows the page has.
    pub(super) fn row_count(&self) -> usize {
        self.row_count
    }

    /// The timers of the page.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a row that holds none.
    pub(super) fn entries(self) -> impl Iterator<Item = Result<Entry>> + use<'a> {
        self.map(|row_key| Entry::of_row_key(row_key).ok_or_else(|| damaged(row_key)))
    }
}

impl<'a> Iterator for RowKeys<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (header, rest) = self.rest.split_first_chunk::<ROW_HEADER_BYTES>()?;
        let length = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (row_key, rest) = rest.split_at_checked(length(0) as usize)?;
        self.rest = rest.get(length(4) as usize..)?;
        Some(row_key)
    }
}

#[cold]
fn damaged(row_key: &[u8]) -> Error {
    Error::Damaged(format!("a row of the timers with {} bytes of key is not one of ours", row_key.len()))
}
