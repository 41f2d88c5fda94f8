//! [`Pending`]: rows on their way to the engine, some at a time.

use crate::db::column_family::ColumnFamily;
use crate::db::engine::Batch;
use crate::error::Result;

/// Rows are written when they fill so much, or are so many.
const FULL_BYTES: usize = 1 << 20;
const FULL_COUNT: usize = 16 << 10;
/// What the engine adds to key and value of one operation of a batch, at most.
const ENGINE_OVERHEAD_BYTES: usize = 16;

/// A row that waits. Key and value are in the memory of all.
struct Waiting {
    family: usize,
    is_appended: bool,
    key_at: usize,
    value_at: usize,
    end: usize,
}

/// Rows of some families that wait to be written.
pub(super) struct Pending {
    families: Vec<ColumnFamily>,
    waiting: Vec<Waiting>,
    bytes: Vec<u8>,
}

impl Pending {
    pub(super) fn new() -> Self {
        Self { families: Vec::new(), waiting: Vec::new(), bytes: Vec::new() }
    }

    /// Number of a family.
    pub(super) fn number_of(&mut self, family: &ColumnFamily) -> usize {
        let known = self.families.iter().position(|known| known.name() == family.name());
        known.unwrap_or_else(|| {
            self.families.push(family.clone());
            self.families.len() - 1
        })
    }

    /// Has a row written, of which the value is in parts.
    pub(super) fn put(&mut self, family: usize, row_key: &[u8], value: &[&[u8]]) -> Result<()> {
        self.push(family, false, row_key, value)
    }

    /// Has bytes appended to a row.
    pub(super) fn append(&mut self, family: usize, row_key: &[u8], bytes: &[u8]) -> Result<()> {
        if let Some(last) = self.waiting.last_mut() {
            let is_same = last.is_appended && last.family == family;
            if is_same && &self.bytes[last.key_at..last.value_at] == row_key {
                self.bytes.extend_from_slice(bytes);
                last.end = self.bytes.len();
                return self.flush_when_full();
            }
        }
        self.push(family, true, row_key, &[bytes])
    }

    fn push(&mut self, family: usize, is_appended: bool, row_key: &[u8], value: &[&[u8]]) -> Result<()> {
        let key_at = self.bytes.len();
        self.bytes.extend_from_slice(row_key);
        let value_at = self.bytes.len();
        value.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.waiting.push(Waiting { family, is_appended, key_at, value_at, end: self.bytes.len() });
        self.flush_when_full()
    }

    fn flush_when_full(&mut self) -> Result<()> {
        if self.bytes.len() < FULL_BYTES && self.waiting.len() < FULL_COUNT {
            return Ok(());
        }
        self.flush()
    }

    /// Writes what waits, all of it or nothing.
    pub(super) fn flush(&mut self) -> Result<()> {
        let Some(first) = self.waiting.first().map(|row| &self.families[row.family]) else { return Ok(()) };
        let failed = |status| first.failed("cannot import into", status);
        let engine = first.handle().engine();
        let reserved = self.bytes.len() + self.waiting.len() * ENGINE_OVERHEAD_BYTES;
        let mut batch = Batch::new(engine, reserved).map_err(failed)?;
        for row in &self.waiting {
            let family = &self.families[row.family];
            family.check_live()?;
            let (key, value) = (&self.bytes[row.key_at..row.value_at], &self.bytes[row.value_at..row.end]);
            let added = if row.is_appended {
                batch.merge(family.handle(), key, value)
            } else {
                batch.put(family.handle(), key, value)
            };
            added.map_err(failed)?;
        }
        engine.write(&mut batch).map_err(failed)?;
        drop(batch);
        self.waiting.clear();
        self.bytes.clear();
        self.bytes.shrink_to(2 * FULL_BYTES);
        Ok(())
    }
}
