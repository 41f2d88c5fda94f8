//! Packed batches and packed keys: what crosses the C boundary in one buffer.
//!
//! A batch is a row of operations `u8 kind | 3 zero bytes | u32 family id | u32 key length | u32 value length | key | value`, a list
//! of keys one of `u32 length | key`. Integers are little-endian and unaligned. Everything is checked before anything is applied.

use super::column_family::{check_key, check_range, check_value, ColumnFamily};
use super::database::{Database, Families};
use super::engine::{Batch, Engine, EngineStatus};
use crate::error::{EngineFailure, Error, Result};
use crate::limits::{MAX_BATCH_BYTES, MAX_BATCH_OPERATIONS};

const HEADER_BYTES: usize = 16;
/// What the engine adds to key and value of one operation: tag, family id and two lengths, at most.
const ENGINE_OVERHEAD_BYTES: usize = 16;

/// What an operation of a batch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Operation {
    /// Writes one row.
    Put = 1,
    /// Removes one row; the value is empty.
    Delete = 2,
    /// Removes the rows from the key, included, to the value, excluded.
    DeleteRange = 3,
}

impl Operation {
    fn of(kind: u8) -> Option<Self> {
        match kind {
            1 => Some(Self::Put),
            2 => Some(Self::Delete),
            3 => Some(Self::DeleteRange),
            _ => None,
        }
    }
}

/// Builds a packed batch.
#[derive(Debug, Default, Clone)]
pub struct PackedBatch {
    bytes: Vec<u8>,
    operation_count: usize,
}

impl PackedBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an operation on the family with that id.
    pub fn push(&mut self, operation: Operation, family_id: u32, key: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(&[operation as u8, 0, 0, 0]);
        self.bytes.extend_from_slice(&family_id.to_le_bytes());
        self.bytes.extend_from_slice(&(key.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.operation_count += 1;
    }

    /// The packed form.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Operations added.
    pub fn operation_count(&self) -> usize {
        self.operation_count
    }

    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.operation_count = 0;
    }
}

/// One operation of a packed batch.
struct Record<'a> {
    operation: Operation,
    family_id: u32,
    key: &'a [u8],
    value: &'a [u8],
}

/// Splits packed bytes, refusing what is malformed with its place.
struct Records<'a> {
    rest: &'a [u8],
    index: usize,
}

impl<'a> Records<'a> {
    fn next(&mut self) -> Result<Option<Record<'a>>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let Some((header, rest)) = self.rest.split_at_checked(HEADER_BYTES) else {
            return Err(self.malformed(format!("{} bytes are left, and a header has {HEADER_BYTES}", self.rest.len())));
        };
        let operation = Operation::of(header[0])
            .ok_or_else(|| self.malformed(format!("its kind is {}; allowed are 1 to 3", header[0])))?;
        if header[1..4] != [0; 3] {
            return Err(self.malformed("its reserved bytes are not zero".to_owned()));
        }
        let (key_length, value_length) = (word(header, 8) as usize, word(header, 12) as usize);
        let body = key_length.checked_add(value_length).and_then(|length| rest.split_at_checked(length));
        let Some((body, rest)) = body else {
            let text = format!(
                "it says key and value have {key_length} and {value_length} bytes, and {} are left",
                rest.len()
            );
            return Err(self.malformed(text));
        };
        let (key, value) = body.split_at(key_length);
        let record = Record { operation, family_id: word(header, 4), key, value };
        self.check(&record)?;
        self.rest = rest;
        self.index += 1;
        Ok(Some(record))
    }

    fn check(&self, record: &Record<'_>) -> Result<()> {
        check_key(record.key)?;
        match record.operation {
            Operation::Put => check_value(record.value),
            Operation::Delete if !record.value.is_empty() => Err(self.malformed("a delete has no value".to_owned())),
            Operation::Delete => Ok(()),
            Operation::DeleteRange => check_range(record.key, record.value),
        }
    }

    #[cold]
    fn malformed(&self, reason: String) -> Error {
        Error::InvalidArgument(format!("operation {} of the packed batch is malformed: {reason}", self.index))
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// One of the engine's ways to apply a batch.
type Apply = fn(&Engine, &mut Batch<'_>) -> std::result::Result<(), EngineStatus>;

impl Database {
    /// Applies a packed batch over any families, all of it or nothing, and returns its number of operations.
    pub(crate) fn write(&self, packed: &[u8]) -> Result<usize> {
        self.write_by(packed, Engine::write)
    }

    /// As [`Database::write`], but refuses where that would wait for flushes and compactions.
    pub(crate) fn try_write(&self, packed: &[u8]) -> Result<usize> {
        self.write_by(packed, Engine::try_write)
    }

    fn write_by(&self, packed: &[u8], apply: Apply) -> Result<usize> {
        if packed.len() > MAX_BATCH_BYTES {
            return Err(Error::LimitExceeded {
                what: "the batch".to_owned(),
                actual: packed.len(),
                limit: MAX_BATCH_BYTES,
                unit: "bytes",
            });
        }
        let families = self.families();
        let failed = |status: EngineStatus| self.batch_failed(&families, packed, status);
        let mut batch = Batch::new(self.engine(), packed.len() + ENGINE_OVERHEAD_BYTES).map_err(failed)?;
        let mut records = Records { rest: packed, index: 0 };
        let mut last: Option<&ColumnFamily> = None;
        while let Some(record) = records.next()? {
            if records.index > MAX_BATCH_OPERATIONS {
                return Err(too_many("the batch", records.index, "operations"));
            }
            // Most batches stay in one family: it is looked up once.
            let family = match last {
                Some(family) if family.id() == record.family_id => family,
                _ => live_family(&families, &record, records.index - 1)?,
            };
            last = Some(family);
            append(&mut batch, family, &record).map_err(failed)?;
        }
        apply(self.engine(), &mut batch).map_err(failed)?;
        Ok(records.index)
    }

    /// A family dropped while the batch was under way is named; any other failure is the folder's.
    #[cold]
    fn batch_failed(&self, families: &Families, packed: &[u8], status: EngineStatus) -> Error {
        let mut records = Records { rest: packed, index: 0 };
        if matches!(status.kind(), EngineFailure::ColumnFamilyDropped | EngineFailure::InvalidArgument) {
            while let Ok(Some(record)) = records.next() {
                if let Some(Err(error)) = families.by_id(record.family_id).map(|family| family.check_live()) {
                    return error;
                }
            }
        }
        Error::Engine { context: format!("cannot write a batch to '{}'", self.folder().display()), status }
    }
}

impl ColumnFamily {
    /// Applies operations on this family in one batch, all of them or nothing. `reserved_bytes` is about what the keys and values have.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]; [`Error::ColumnFamilyDropped`]; [`Error::Engine`].
    pub(crate) fn write<'a>(
        &self, reserved_bytes: usize, operations: impl Iterator<Item = (Operation, &'a [u8], &'a [u8])>,
    ) -> Result<()> {
        self.check_live()?;
        // A family dropped while the batch is under way fails with a status that does not say so.
        let failed = |status| self.check_live().err().unwrap_or_else(|| self.failed("cannot write a batch to", status));
        let engine = self.handle().engine();
        let mut batch = Batch::new(engine, reserved_bytes).map_err(failed)?;
        for (operation, key, value) in operations {
            check_key(key)?;
            append(&mut batch, self, &Record { operation, family_id: self.id(), key, value }).map_err(failed)?;
        }
        engine.write(&mut batch).map_err(failed)
    }
}

#[cold]
fn too_many(what: &str, actual: usize, unit: &'static str) -> Error {
    Error::LimitExceeded { what: what.to_owned(), actual, limit: MAX_BATCH_OPERATIONS, unit }
}

fn live_family<'a>(families: &'a Families, record: &Record<'_>, index: usize) -> Result<&'a ColumnFamily> {
    let family = families.by_id(record.family_id).ok_or_else(|| {
        Error::ColumnFamilyNotFound(format!("with id {} (operation {index} of the packed batch)", record.family_id))
    })?;
    family.check_live()?;
    Ok(family)
}

#[inline]
fn append(batch: &mut Batch<'_>, family: &ColumnFamily, record: &Record<'_>) -> std::result::Result<(), EngineStatus> {
    let handle = family.handle();
    match record.operation {
        Operation::Put => batch.put(handle, record.key, record.value),
        Operation::Delete => batch.delete(handle, record.key),
        Operation::DeleteRange => batch.delete_range(handle, record.key, record.value),
    }
}

/// Keys to read together.
pub struct PackedKeys<'a>(Vec<&'a [u8]>);

impl<'a> PackedKeys<'a> {
    /// Splits `u32 length | key` records.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for malformed bytes, with their place; [`Error::LimitExceeded`] for keys over the limit.
    pub fn parse(packed: &'a [u8]) -> Result<Self> {
        if packed.len() > MAX_BATCH_BYTES {
            return Err(Error::LimitExceeded {
                what: "the list of keys".to_owned(),
                actual: packed.len(),
                limit: MAX_BATCH_BYTES,
                unit: "bytes",
            });
        }
        let mut keys = Vec::with_capacity(packed.len() / 16);
        let mut rest = packed;
        while !rest.is_empty() {
            let malformed = || {
                Error::InvalidArgument(format!("key {} of the packed keys is malformed: it is cut short", keys.len()))
            };
            let (length, tail) = rest.split_at_checked(4).ok_or_else(malformed)?;
            let (key, tail) = tail.split_at_checked(word(length, 0) as usize).ok_or_else(malformed)?;
            check_key(key)?;
            if keys.len() == MAX_BATCH_OPERATIONS {
                return Err(too_many("the multi-get", keys.len() + 1, "keys"));
            }
            keys.push(key);
            rest = tail;
        }
        Ok(Self(keys))
    }

    /// The keys, in order.
    pub fn keys(&self) -> &[&'a [u8]] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(packed: &[u8]) -> String {
        let mut records = Records { rest: packed, index: 0 };
        loop {
            match records.next() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("nothing was refused"),
                Err(error) => return error.to_string(),
            }
        }
    }

    #[test]
    fn what_is_pushed_is_what_is_split() {
        let mut batch = PackedBatch::new();
        batch.push(Operation::Put, 3, b"key", b"value");
        batch.push(Operation::Delete, 4, b"", b"");
        let mut records = Records { rest: batch.as_bytes(), index: 0 };
        let first = records.next().expect("well-formed").expect("present");
        assert_eq!(
            (first.operation, first.family_id, first.key, first.value),
            (Operation::Put, 3, &b"key"[..], &b"value"[..])
        );
        let second = records.next().expect("well-formed").expect("present");
        assert_eq!((second.operation, second.family_id), (Operation::Delete, 4));
        assert!(records.next().expect("well-formed").is_none());
    }

    #[test]
    fn a_batch_cut_short_anywhere_is_refused_with_its_place() {
        let mut batch = PackedBatch::new();
        batch.push(Operation::Put, 0, b"key", b"value");
        let first = batch.as_bytes().len();
        batch.push(Operation::Put, 0, b"key", b"value");
        for length in first + 1..batch.as_bytes().len() {
            let text = refusal(&batch.as_bytes()[..length]);
            assert!(text.contains("operation 1"), "{text}");
        }
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        let mut packed = vec![1, 0, 0, 0, 0, 0, 0, 0];
        packed.extend_from_slice(&[0xff; 8]);
        assert!(refusal(&packed).contains("4294967295"));
    }

    #[test]
    fn an_unknown_kind_is_refused() {
        assert!(refusal(&[9; 16]).contains("kind is 9"));
    }

    #[test]
    fn keys_cut_short_are_refused() {
        let text = PackedKeys::parse(&[5, 0, 0, 0, b'a']).err().expect("refused").to_string();
        assert!(text.contains("key 0"), "{text}");
    }
}
