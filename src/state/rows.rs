//! [`Rows`]: the rows of one keyed backend, read and written through its row cache.

use std::collections::HashMap;

use super::packed::{self, Entry};
use super::row_cache::{Cached, DirtyRows, Put, RowCache};
use crate::db::column_family::{check_value, ColumnFamily};
use crate::db::engine::{Batch, Direction, EngineStatus, Page, Read};
use crate::db::scan::{successor, Scan, ScanOptions};
use crate::error::Result;
use crate::key::key_group::KeyGroupRange;
use crate::key::row::{self, Framed};
use crate::ttl::stamp::{Head, Row, MAX_HEAD_BYTES};

/// Rows below a prefix that fill more are removed with one range delete.
const CLEAR_PAGE_BYTES: usize = 64 << 10;
/// What the engine adds to key and value of one operation of a batch, at most.
const ENGINE_OVERHEAD_BYTES: usize = 16;

/// What becomes of a row.
pub(crate) enum Change {
    /// It is written.
    Put(Vec<u8>),
    /// Bytes are appended to it.
    Append(Vec<u8>),
    /// It goes.
    Remove,
}

/// The families that rows are in.
struct Families {
    all: ColumnFamily,
    /// Those of the states that have their own, by state id.
    own: HashMap<u32, ColumnFamily>,
}

impl Families {
    #[inline]
    fn of(&self, row_key: &[u8]) -> &ColumnFamily {
        if self.own.is_empty() {
            return &self.all;
        }
        row::head(row_key).and_then(|(_, state_id)| self.own.get(&state_id)).unwrap_or(&self.all)
    }

    fn has(&self, name: &str) -> bool {
        self.all.name() == name || self.own.values().any(|family| family.name() == name)
    }

    /// Writes a batch that `fill` composes.
    fn write(
        &self, bytes: usize, fill: impl FnOnce(&mut Batch) -> std::result::Result<(), EngineStatus>,
    ) -> Result<()> {
        let failed = |status| self.all.failed("cannot write to", status);
        let engine = self.all.handle().engine();
        let mut batch = Batch::new(engine, bytes).map_err(failed)?;
        fill(&mut batch).map_err(failed)?;
        engine.write(&mut batch).map_err(failed)
    }

    /// Writes rows that the cache held back.
    fn write_dirty(&self, rows: DirtyRows<'_>) -> Result<()> {
        let bytes = rows.clone().map(|(key, row)| key.len() + row.map_or(0, <[u8]>::len) + ENGINE_OVERHEAD_BYTES).sum();
        self.write(bytes, |batch| {
            for (row_key, row) in rows {
                let family = self.of(row_key).handle();
                match row {
                    Some(row) => batch.put(family, row_key, row)?,
                    None => batch.delete(family, row_key)?,
                }
            }
            Ok(())
        })
    }
}

/// Rows by row key.
pub(crate) struct Rows {
    families: Families,
    cache: RowCache,
    /// The row read or composed last, in the first `length` bytes.
    buffer: Vec<u8>,
    length: usize,
    /// Memory for the rows of a map to be cleared.
    clear_page: Vec<u8>,
}

impl Rows {
    /// Rows of a family, behind a cache of so many bytes, of which 0 is none; `write_back` lets writes wait in it.
    pub(crate) fn new(family: ColumnFamily, cache_bytes: usize, write_back: bool) -> Self {
        let scope_of = |row_key: &[u8]| Framed::of(row_key).map(|framed| framed.prefix_length());
        Self {
            families: Families { all: family, own: HashMap::new() },
            cache: RowCache::new(cache_bytes, write_back, scope_of),
            buffer: vec![0; 256],
            length: 0,
            clear_page: Vec::new(),
        }
    }

    /// Gives a state a family of its own, or the one of all.
    pub(crate) fn set_family(&mut self, state_id: u32, own: Option<ColumnFamily>) {
        match own {
            Some(family) => self.families.own.insert(state_id, family),
            None => self.families.own.remove(&state_id),
        };
    }

    /// The family of states that have none of their own.
    pub(crate) fn family(&self) -> &ColumnFamily {
        &self.families.all
    }

    pub(crate) fn cache(&self) -> &RowCache {
        &self.cache
    }

    /// Reads a row; [`Rows::row`] shows it until the next call.
    #[inline]
    pub(crate) fn load(&mut self, row_key: &[u8]) -> Result<bool> {
        match self.cache.get(row_key) {
            Cached::Row(row) => {
                self.length = row.len();
                place(&mut self.buffer, row.len()).copy_from_slice(row);
                Ok(true)
            }
            Cached::Absent => Ok(false),
            Cached::Unknown => self.load_from_engine(row_key),
        }
    }

    fn load_from_engine(&mut self, row_key: &[u8]) -> Result<bool> {
        // A read does not fail because rows of others cannot be written: the next write says so.
        let has_room = self.make_room().is_ok();
        loop {
            let row = match self.families.of(row_key).get_into(None, row_key, &mut self.buffer)? {
                Read::Copied(length) => {
                    self.length = length;
                    Some(&self.buffer[..length])
                }
                Read::Absent => None,
                Read::Short(needed) => {
                    self.buffer.resize(needed, 0);
                    continue;
                }
            };
            if has_room {
                self.cache.fill(row_key, row);
            }
            return Ok(row.is_some());
        }
    }

    /// Reads a row that grows by appending; [`Rows::row`] shows it until the next call. Such rows never are in the cache.
    pub(crate) fn load_appended(&mut self, row_key: &[u8]) -> Result<bool> {
        let Some(value) = self.families.of(row_key).get_appended(row_key)? else { return Ok(false) };
        let row = value.as_ref();
        self.length = row.len();
        place(&mut self.buffer, row.len()).copy_from_slice(row);
        Ok(true)
    }

    /// The row read last.
    #[inline]
    pub(crate) fn row(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Writes a row of one head and payload.
    #[inline]
    pub(crate) fn store(&mut self, row_key: &[u8], head: &Head, payload: &[u8]) -> Result<()> {
        let head = head.as_bytes();
        let length = head.len() + payload.len();
        let compose = |row: &mut [u8]| {
            row[..head.len()].copy_from_slice(head);
            row[head.len()..].copy_from_slice(payload);
        };
        self.make_room()?;
        if self.cache.put_with(row_key, length, compose) == Put::Through {
            compose(place(&mut self.buffer, length));
            self.length = length;
            let row = &self.buffer[..length];
            self.families.of(row_key).put(row_key, row)?;
            self.cache.written(row_key, Some(row));
        }
        Ok(())
    }

    /// Changes a row where it waits in the cache; none, and nothing done, when it does not.
    #[inline]
    pub(crate) fn modify<R>(&mut self, row_key: &[u8], change: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        self.cache.modify(row_key, change)
    }

    /// Removes a row.
    #[inline]
    pub(crate) fn remove(&mut self, row_key: &[u8]) -> Result<()> {
        self.make_room()?;
        if self.cache.put(row_key, None) == Put::Through {
            self.families.of(row_key).delete(row_key)?;
            self.cache.written(row_key, None);
        }
        Ok(())
    }

    /// Removes a row that grows by appending.
    pub(crate) fn remove_appended(&mut self, row_key: &[u8]) -> Result<()> {
        self.families.of(row_key).delete(row_key)
    }

    /// Appends bytes to a row, which begins with them when there is none.
    pub(crate) fn append(&mut self, row_key: &[u8], bytes: &[u8]) -> Result<()> {
        self.families.of(row_key).merge(row_key, bytes)
    }

    /// Writes a row that grows by appending, whole.
    pub(crate) fn replace(&mut self, row_key: &[u8], row: &[u8]) -> Result<()> {
        self.families.of(row_key).put(row_key, row)
    }

    /// Writes the row loaded last again, with another write time.
    pub(crate) fn restamp(&mut self, row_key: &[u8], written: Option<i64>) -> Result<()> {
        let Some(row) = Row::of(self.row()) else { return Ok(()) };
        let (head, payload) = (Head::new(written, row.null), row.payload.to_vec());
        self.store(row_key, &head, &payload)
    }

    /// Lets the coldest rows go when the cache is full. Before a change, so that one that fails has changed nothing.
    #[inline]
    fn make_room(&mut self) -> Result<()> {
        if self.cache.needs_eviction() {
            let Self { cache, families, .. } = self;
            return cache.evict(|rows| families.write_dirty(rows));
        }
        Ok(())
    }

    /// A walk over the rows below a prefix, with all that was written.
    pub(crate) fn scan(&mut self, prefix: &[u8]) -> Result<Scan> {
        self.drain_prefix(prefix)?;
        self.families.of(prefix).scan(&ScanOptions { prefix, ..Default::default() })
    }

    /// A walk over the rows from `head` on, of the state whose head it is, with all that was written.
    pub(crate) fn scan_from(&mut self, head: &[u8]) -> Result<Scan> {
        self.drain()?;
        self.families.of(head).scan(&ScanOptions { lower: head, ..Default::default() })
    }

    /// Applies changes, all of them or none.
    pub(crate) fn apply(&mut self, changes: &[(Vec<u8>, Change)]) -> Result<()> {
        for (row_key, change) in changes {
            check_value(change.bytes())?;
            self.families.of(row_key).check_live()?;
        }
        self.make_room()?;
        let bytes = changes.iter().map(|(key, change)| key.len() + change.bytes().len() + ENGINE_OVERHEAD_BYTES).sum();
        self.families.write(bytes, |batch| {
            changes.iter().try_for_each(|(row_key, change)| {
                let family = self.families.of(row_key).handle();
                match change {
                    Change::Put(row) => batch.put(family, row_key, row),
                    Change::Append(bytes) => batch.merge(family, row_key, bytes),
                    Change::Remove => batch.delete(family, row_key),
                }
            })
        })?;
        for (row_key, change) in changes {
            match change {
                Change::Put(row) => self.cache.written(row_key, Some(row)),
                Change::Remove => self.cache.written(row_key, None),
                Change::Append(_) => {}
            }
        }
        Ok(())
    }

    /// Writes entries of a map, whose row keys are `prefix` and the map key, all of them or none.
    pub(crate) fn store_all(&mut self, prefix: &[u8], written: Option<i64>, entries: &[Entry<'_>]) -> Result<()> {
        self.families.of(prefix).check_live()?;
        self.make_room()?;
        let Self { families, cache, .. } = self;
        let family = families.of(prefix).handle();
        let overhead = prefix.len() + MAX_HEAD_BYTES + ENGINE_OVERHEAD_BYTES;
        let bytes = entries.iter().map(|(key, value)| key.len() + value.map_or(0, <[u8]>::len) + overhead).sum();
        let (mut row_key, mut row) = (prefix.to_vec(), Vec::new());
        families.write(bytes, |batch| {
            entries.iter().try_for_each(|entry| {
                compose_entry(prefix.len(), written, entry, &mut row_key, &mut row);
                batch.put(family, &row_key, &row)
            })
        })?;
        for entry in entries {
            compose_entry(prefix.len(), written, entry, &mut row_key, &mut row);
            cache.written(&row_key, Some(&row));
        }
        Ok(())
    }

    /// Removes the rows below a prefix: one by one when they fit into a page, else with one range delete, which later reads pay for.
    pub(crate) fn remove_prefix(&mut self, prefix: &[u8]) -> Result<()> {
        let family = self.families.of(prefix).clone();
        let mut scan = family.scan(&ScanOptions { prefix, ..Default::default() })?;
        self.clear_page.resize(CLEAR_PAGE_BYTES, 0);
        let first = scan.page(Direction::Forward, &mut self.clear_page)?;
        let rest = scan.page(Direction::Forward, &mut [])?;
        match (first, rest) {
            (Page::Filled { row_count: 0, .. }, _) => {}
            (Page::Filled { length, .. }, Page::Filled { .. }) => {
                let rows = packed::entries(&self.clear_page[..length])?;
                self.families.write(length, |batch| {
                    rows.iter().try_for_each(|(row_key, _)| batch.delete(family.handle(), row_key))
                })?;
            }
            _ => family.delete_range(prefix, &successor(prefix))?,
        }
        self.cache.forget_prefix(prefix);
        Ok(())
    }

    /// Removes the rows of a state, which are in its own family or in the one of all, from a range of key groups.
    pub(crate) fn remove_state(
        &mut self, state_id: u32, own: Option<ColumnFamily>, range: KeyGroupRange,
    ) -> Result<()> {
        self.set_family(state_id, own);
        for key_group in range.first()..=range.last() {
            let mut prefix = Vec::with_capacity(row::HEAD_BYTES);
            row::append_head(&mut prefix, key_group, state_id);
            self.remove_prefix(&prefix)?;
        }
        Ok(())
    }

    /// Keeps no rows back any more when a family of theirs is about to be dropped: the engine refuses them then.
    pub(crate) fn leave(&mut self, family: &str) -> Result<()> {
        if self.families.has(family) {
            self.drain()?;
            self.cache.turn_off();
        }
        Ok(())
    }

    /// Writes what the cache holds back.
    pub(crate) fn drain(&mut self) -> Result<()> {
        self.drain_prefix(&[])
    }

    fn drain_prefix(&mut self, prefix: &[u8]) -> Result<()> {
        let Self { cache, families, .. } = self;
        cache.drain(prefix, |rows| families.write_dirty(rows))
    }
}

/// The first `length` bytes of a buffer, which grows to have them.
#[inline]
fn place(buffer: &mut Vec<u8>, length: usize) -> &mut [u8] {
    if buffer.len() < length {
        buffer.resize(length, 0);
    }
    &mut buffer[..length]
}

/// Exchanges the map key behind the first `prefix_length` bytes of a row key, and composes the row.
fn compose_entry(
    prefix_length: usize, written: Option<i64>, (map_key, value): &Entry<'_>, row_key: &mut Vec<u8>, row: &mut Vec<u8>,
) {
    row_key.truncate(prefix_length);
    row_key.extend_from_slice(map_key);
    row.clear();
    row.extend_from_slice(Head::new(written, value.is_none()).as_bytes());
    row.extend_from_slice(value.unwrap_or_default());
}

impl Change {
    fn bytes(&self) -> &[u8] {
        match self {
            Change::Put(bytes) | Change::Append(bytes) => bytes,
            Change::Remove => &[],
        }
    }
}
