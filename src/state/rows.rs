//! [`Rows`]: the rows of one keyed backend, read and written through its row cache.

use std::collections::HashMap;

use super::packed;
use crate::db::column_family::ColumnFamily;
use crate::db::engine::{Batch, Direction, EngineStatus, Page, Read};
use crate::db::scan::{successor, Scan, ScanOptions};
use crate::error::Result;
use crate::key::row;
use crate::ttl::stamp::{Head, Row};

/// Rows below a prefix that fill more are removed with one range delete.
const CLEAR_PAGE_BYTES: usize = 64 << 10;

/// What becomes of a row.
pub(crate) enum Change {
    /// It is written.
    Put(Vec<u8>),
    /// Bytes are appended to it.
    Append(Vec<u8>),
    /// It goes.
    Remove,
}

/// Rows by row key.
pub(crate) struct Rows {
    family: ColumnFamily,
    /// Families of the states that have their own, by state id.
    others: HashMap<u32, ColumnFamily>,
    /// The row read or composed last, in the first `length` bytes.
    buffer: Vec<u8>,
    length: usize,
}

impl Rows {
    pub(crate) fn new(family: ColumnFamily) -> Self {
        Self { family, others: HashMap::new(), buffer: vec![0; 256], length: 0 }
    }

    /// Gives a state a family of its own.
    pub(crate) fn set_family(&mut self, state_id: u32, family: ColumnFamily) {
        self.others.insert(state_id, family);
    }

    /// The family that holds a row.
    #[inline]
    pub(crate) fn family_of(&self, row_key: &[u8]) -> &ColumnFamily {
        if self.others.is_empty() {
            return &self.family;
        }
        row::head(row_key).and_then(|(_, state_id)| self.others.get(&state_id)).unwrap_or(&self.family)
    }

    /// Reads a row; [`Rows::row`] shows it until the next call.
    #[inline]
    pub(crate) fn load(&mut self, row_key: &[u8]) -> Result<bool> {
        loop {
            match self.family_of(row_key).clone().get_into(None, row_key, &mut self.buffer)? {
                Read::Copied(length) => {
                    self.length = length;
                    return Ok(true);
                }
                Read::Absent => return Ok(false),
                Read::Short(needed) => self.buffer.resize(needed, 0),
            }
        }
    }

    /// The row read last.
    #[inline]
    pub(crate) fn row(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Writes a row of one head and payload.
    #[inline]
    pub(crate) fn store(&mut self, row_key: &[u8], head: &Head, payload: &[u8]) -> Result<()> {
        self.compose(head, payload);
        self.family_of(row_key).put(row_key, self.row())
    }

    fn compose(&mut self, head: &Head, payload: &[u8]) {
        let head = head.as_bytes();
        self.length = head.len() + payload.len();
        if self.buffer.len() < self.length {
            self.buffer.resize(self.length, 0);
        }
        self.buffer[..head.len()].copy_from_slice(head);
        self.buffer[head.len()..self.length].copy_from_slice(payload);
    }

    /// Removes a row.
    pub(crate) fn remove(&mut self, row_key: &[u8]) -> Result<()> {
        self.family_of(row_key).delete(row_key)
    }

    /// Appends bytes to a row, which begins with them when there is none. Such rows never are in the cache.
    pub(crate) fn append(&mut self, row_key: &[u8], bytes: &[u8]) -> Result<()> {
        self.family_of(row_key).merge(row_key, bytes)
    }

    /// Writes a row that is whole as it stands.
    pub(crate) fn replace(&mut self, row_key: &[u8], row: &[u8]) -> Result<()> {
        self.family_of(row_key).put(row_key, row)
    }

    /// Writes the row loaded last again, with another write time.
    pub(crate) fn restamp(&mut self, row_key: &[u8], written: Option<i64>) -> Result<()> {
        let Some(row) = Row::of(self.row()) else { return Ok(()) };
        let (head, payload) = (Head::new(written, row.null), row.payload.to_vec());
        self.store(row_key, &head, &payload)
    }

    /// A walk over the rows below a prefix, with all that was written.
    pub(crate) fn scan(&mut self, prefix: &[u8]) -> Result<Scan> {
        self.drain()?;
        self.family_of(prefix).scan(&ScanOptions { prefix, ..Default::default() })
    }

    /// A walk over the rows from `head` on, of the state whose head it is, with all that was written.
    pub(crate) fn scan_from(&mut self, head: &[u8]) -> Result<Scan> {
        self.drain()?;
        self.family_of(head).scan(&ScanOptions { lower: head, ..Default::default() })
    }

    /// Applies changes, all of them or none.
    pub(crate) fn apply(&mut self, changes: Vec<(Vec<u8>, Change)>) -> Result<()> {
        let family = self.family.clone();
        let failed = |status| family.failed("cannot write to", status);
        let bytes = changes.iter().map(|(key, change)| key.len() + change.bytes().len() + 16).sum();
        let engine = family.handle().engine();
        let mut batch = Batch::new(engine, bytes).map_err(failed)?;
        for (row_key, change) in &changes {
            self.add(&mut batch, row_key, change).map_err(failed)?;
        }
        engine.write(&mut batch).map_err(failed)
    }

    fn add(&self, batch: &mut Batch, row_key: &[u8], change: &Change) -> std::result::Result<(), EngineStatus> {
        let family = self.family_of(row_key).handle();
        match change {
            Change::Put(row) => batch.put(family, row_key, row),
            Change::Append(bytes) => batch.merge(family, row_key, bytes),
            Change::Remove => batch.delete(family, row_key),
        }
    }

    /// Reads a row that grows by appending; [`Rows::row`] shows it until the next call.
    pub(crate) fn load_appended(&mut self, row_key: &[u8]) -> Result<bool> {
        let Some(value) = self.family_of(row_key).get_appended(row_key)? else { return Ok(false) };
        let row = value.as_ref();
        self.length = row.len();
        if self.buffer.len() < row.len() {
            self.buffer.resize(row.len(), 0);
        }
        self.buffer[..row.len()].copy_from_slice(row);
        Ok(true)
    }

    /// Removes the rows below a prefix: one by one when they fit into a page, else with one range delete, which later reads pay for.
    pub(crate) fn remove_prefix(&mut self, prefix: &[u8]) -> Result<()> {
        let family = self.family_of(prefix).clone();
        let mut scan = family.scan(&ScanOptions { prefix, ..Default::default() })?;
        let mut page = vec![0; CLEAR_PAGE_BYTES];
        let first = scan.page(Direction::Forward, &mut page)?;
        let rest = scan.page(Direction::Forward, &mut [])?;
        match (first, rest) {
            (Page::Filled { row_count: 0, .. }, _) => Ok(()),
            (Page::Filled { length, .. }, Page::Filled { .. }) => {
                let rows = packed::entries(&page[..length])?;
                let changes = rows.into_iter().map(|(row_key, _)| (row_key.to_vec(), Change::Remove)).collect();
                self.apply(changes)
            }
            _ => family.delete_range(prefix, &successor(prefix)),
        }
    }

    /// Writes out what the cache holds back.
    pub(crate) fn drain(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Change {
    fn bytes(&self) -> &[u8] {
        match self {
            Change::Put(bytes) | Change::Append(bytes) => bytes,
            Change::Remove => &[],
        }
    }
}
