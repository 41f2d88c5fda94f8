//! `fsb_column_family`: rows by key.

use std::ffi::c_char;
use std::sync::Arc;

use super::backend::give_property;
use super::buffer::{self, fsb_buffer};
use super::bytes;
use super::error::fsb_error;
use super::guard::{self, Outcome};
use super::handle::{Handle, Kind};
use super::snapshot::{self, fsb_snapshot};
use super::status::fsb_status;
use super::view::fsb_view;
use crate::backend::Backend;
use crate::db::batch::PackedKeys;
use crate::db::column_family::ColumnFamily;
use crate::db::engine::Read;
use crate::db::snapshot::Snapshot;
use crate::error::Result;
use crate::limits::{MAX_BATCH_BYTES, MAX_KEY_BYTES, MAX_NAME_BYTES, MAX_OPTIONS_BYTES, MAX_VALUE_BYTES};
use crate::metrics::counters::Seat;
use crate::metrics::{HandleMetrics, Side};

/// An ordered map from keys to values, both bytes. Keeps its backend alive. Threads: any, at once.
pub struct fsb_column_family {
    _opaque: [u8; 0],
}

impl Handle for fsb_column_family {
    type Object = FamilyObject;
    const KIND: Kind = Kind::ColumnFamily;
}

/// A column family with the backend it keeps alive.
pub(super) struct FamilyObject {
    pub(super) family: ColumnFamily,
    metrics: HandleMetrics,
    // IMPORTANT: last, so that the backend goes after the family.
    pub(super) backend: Arc<Backend>,
}

impl FamilyObject {
    pub(super) fn new(backend: Arc<Backend>, family: ColumnFamily) -> Self {
        Self { family, metrics: HandleMetrics::new(backend.metrics()), backend }
    }

    /// Counts and samples a call on one row.
    #[inline(always)]
    fn one_row<T>(&self, seat: Seat, side: Side, call: impl FnOnce(&ColumnFamily) -> Result<T>) -> Result<T> {
        let start = self.metrics.start(seat, side);
        let value = call(&self.family)?;
        self.metrics.count(seat, side, 1, start);
        Ok(value)
    }

    // Reads as of now, the usual case, are apart from those through a snapshot, which has a lease to end.

    #[inline(always)]
    fn get_into(
        &self, seat: Seat, snapshot: Option<&Snapshot>, key: &[u8], target: &mut [u8], length: bytes::Out<'_, usize>,
    ) -> Outcome {
        let start = self.metrics.start(seat, Side::Read);
        let read = self.family.get_into(snapshot, key, target)?;
        self.metrics.count(seat, Side::Read, 1, start);
        Ok(answer(read, length))
    }

    #[inline(never)]
    fn get_into_at(
        &self, seat: Seat, snapshot: *const fsb_snapshot, key: &[u8], target: &mut [u8], length: bytes::Out<'_, usize>,
    ) -> Outcome {
        self.get_into(seat, Some(&*snapshot::required(snapshot)?), key, target, length)
    }

    #[inline(always)]
    fn contains(&self, seat: Seat, snapshot: Option<&Snapshot>, key: &[u8], present: bytes::Out<'_, u8>) -> Outcome {
        let start = self.metrics.start(seat, Side::Read);
        let is_present = self.family.contains(snapshot, key)?;
        self.metrics.count(seat, Side::Read, 1, start);
        present.set(u8::from(is_present));
        Ok(fsb_status::Ok)
    }

    #[inline(never)]
    fn contains_at(
        &self, seat: Seat, snapshot: *const fsb_snapshot, key: &[u8], present: bytes::Out<'_, u8>,
    ) -> Outcome {
        self.contains(seat, Some(&*snapshot::required(snapshot)?), key, present)
    }
}

/// The id that packed batches carry; fixed for the life of the family.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT for null; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_id(
    family: *const fsb_column_family, id: *mut u32, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_id", family, error, |object| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(id, "id")? };
        out.set(object.family.id());
        Ok(fsb_status::Ok)
    })
}

/// The name of a column family.
///
/// Parameters: `name` receives a buffer owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_name(
    family: *const fsb_column_family, name: *mut *mut fsb_buffer, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_name", family, error, |object| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(name, "name")? };
        buffer::give(object.family.name(), out)?;
        Ok(fsb_status::Ok)
    })
}

/// Writes one row, durable as the `wal` option of the backend promises.
///
/// Parameters: a key of at most FSB_MAX_KEY_BYTES, a value of at most FSB_MAX_VALUE_BYTES; both may be empty. Returns:
/// FSB_STATUS_OK; FSB_STATUS_LIMIT_EXCEEDED; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED;
/// FSB_STATUS_COLUMN_FAMILY_DROPPED; FSB_STATUS_NO_SPACE or another engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_put(
    family: *const fsb_column_family, key: *const u8, key_length: usize, value: *const u8, value_length: usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_put", family, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let (key, value) = unsafe {
            (
                bytes::input(key, key_length, "key", MAX_KEY_BYTES)?,
                bytes::input(value, value_length, "value", MAX_VALUE_BYTES)?,
            )
        };
        object.one_row(object.seat(), Side::Write, |family| family.put(key, value))?;
        Ok(fsb_status::Ok)
    })
}

/// Removes one row; no error when there is none.
///
/// Returns: as fsb_column_family_put. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_delete(
    family: *const fsb_column_family, key: *const u8, key_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_delete", family, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let key = unsafe { bytes::input(key, key_length, "key", MAX_KEY_BYTES)? };
        object.one_row(object.seat(), Side::Write, |family| family.delete(key))?;
        Ok(fsb_status::Ok)
    })
}

/// Removes the rows from `begin`, included, to `end`, excluded, in one step whatever their number.
///
/// Returns: as fsb_column_family_put; FSB_STATUS_INVALID_ARGUMENT when `begin` is greater than `end`. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_delete_range(
    family: *const fsb_column_family, begin: *const u8, begin_length: usize, end: *const u8, end_length: usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_delete_range", family, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let (begin, end) = unsafe {
            (
                bytes::input(begin, begin_length, "begin", MAX_KEY_BYTES)?,
                bytes::input(end, end_length, "end", MAX_KEY_BYTES)?,
            )
        };
        object.one_row(object.seat(), Side::Write, |family| family.delete_range(begin, end))?;
        Ok(fsb_status::Ok)
    })
}

/// Copies the value of a key into the caller's buffer.
///
/// Parameters: `snapshot` to read at, or null for now; `buffer` of `capacity` bytes, null only with `capacity` 0; `length`
/// receives the size of the value in bytes. Returns: FSB_STATUS_OK; FSB_STATUS_NOT_FOUND, nothing written;
/// FSB_STATUS_BUFFER_TOO_SMALL, only `length` written: enlarge and call again; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_LIMIT_EXCEEDED; FSB_STATUS_CLOSED; FSB_STATUS_COLUMN_FAMILY_DROPPED;
/// FSB_STATUS_CORRUPTION or another engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_get(
    family: *const fsb_column_family, snapshot: *const fsb_snapshot, key: *const u8, key_length: usize,
    buffer: *mut u8, capacity: usize, length: *mut usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_get", family, error, |object| {
        // SAFETY: the header asks for readable and writable bytes and a writable place.
        let (key, target, out) = unsafe {
            (
                bytes::input(key, key_length, "key", MAX_KEY_BYTES)?,
                bytes::target(buffer, capacity)?,
                bytes::out(length, "length")?,
            )
        };
        if snapshot.is_null() {
            object.get_into(object.seat(), None, key, target, out)
        } else {
            object.get_into_at(object.seat(), snapshot, key, target, out)
        }
    })
}

/// The status of a read, with its length written.
#[inline]
fn answer(read: Read, length: bytes::Out<'_, usize>) -> fsb_status {
    match read {
        Read::Copied(size) => {
            length.set(size);
            fsb_status::Ok
        }
        Read::Short(size) => {
            length.set(size);
            fsb_status::BufferTooSmall
        }
        Read::Absent => fsb_status::NotFound,
    }
}

/// The value of a key as a buffer of its own.
///
/// Parameters: `snapshot` to read at, or null for now; `value` receives a buffer owned by the caller. Returns: FSB_STATUS_OK;
/// FSB_STATUS_NOT_FOUND, nothing written; else as fsb_column_family_get. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_get_owned(
    family: *const fsb_column_family, snapshot: *const fsb_snapshot, key: *const u8, key_length: usize,
    value: *mut *mut fsb_buffer, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_get_owned", family, error, |object| {
        // SAFETY: the header asks for readable bytes and a writable place.
        let (key, out) = unsafe { (bytes::input(key, key_length, "key", MAX_KEY_BYTES)?, bytes::out(value, "value")?) };
        let snapshot = snapshot::optional(snapshot)?;
        match object.one_row(object.seat(), Side::Read, |family| family.get(snapshot.as_deref(), key))? {
            Some(bytes) => buffer::give(bytes, out).map(|()| fsb_status::Ok),
            None => Ok(fsb_status::NotFound),
        }
    })
}

/// The value of a key without a copy.
///
/// Parameters: `snapshot` to read at, or null for now; `value` receives a view owned by the caller, to be freed soon. Returns:
/// FSB_STATUS_OK; FSB_STATUS_NOT_FOUND, nothing written; else as fsb_column_family_get. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_get_view(
    family: *const fsb_column_family, snapshot: *const fsb_snapshot, key: *const u8, key_length: usize,
    value: *mut *mut fsb_view, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_get_view", family, error, |object| {
        // SAFETY: the header asks for readable bytes and a writable place.
        let (key, out) = unsafe { (bytes::input(key, key_length, "key", MAX_KEY_BYTES)?, bytes::out(value, "value")?) };
        let snapshot = snapshot::optional(snapshot)?;
        match object.one_row(object.seat(), Side::Read, |family| family.get_pinned(snapshot.as_deref(), key))? {
            Some(pinned) => {
                out.set(guard::insert::<fsb_view>(pinned, object.owner())?);
                Ok(fsb_status::Ok)
            }
            None => Ok(fsb_status::NotFound),
        }
    })
}

/// Whether there is a row with the key.
///
/// Parameters: `snapshot` to read at, or null for now; `present` receives 1 or 0. Returns: FSB_STATUS_OK; else as
/// fsb_column_family_get. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_contains(
    family: *const fsb_column_family, snapshot: *const fsb_snapshot, key: *const u8, key_length: usize,
    present: *mut u8, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_contains", family, error, |object| {
        // SAFETY: the header asks for readable bytes and a writable place.
        let (key, out) =
            unsafe { (bytes::input(key, key_length, "key", MAX_KEY_BYTES)?, bytes::out(present, "present")?) };
        if snapshot.is_null() {
            object.contains(object.seat(), None, key, out)
        } else {
            object.contains_at(object.seat(), snapshot, key, out)
        }
    })
}

/// Reads many keys in one step.
///
/// Parameters: `keys` is a row of `u32 length | key`, at most FSB_MAX_BATCH_BYTES and FSB_MAX_BATCH_OPERATIONS; `snapshot` to
/// read at, or null for now. `buffer` of `capacity` bytes receives for each key, in order, `u32 length | value`, the length
/// FSB_ABSENT and no value for an absent row; `length` receives the size of the whole answer. Returns: FSB_STATUS_OK;
/// FSB_STATUS_BUFFER_TOO_SMALL, only `length` written; else as fsb_column_family_get. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_multi_get(
    family: *const fsb_column_family, snapshot: *const fsb_snapshot, keys: *const u8, keys_length: usize,
    buffer: *mut u8, capacity: usize, length: *mut usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_multi_get", family, error, |object| {
        // SAFETY: the header asks for readable and writable bytes and a writable place.
        let (keys, target, out) = unsafe {
            (
                bytes::input(keys, keys_length, "list of keys", MAX_BATCH_BYTES)?,
                bytes::target(buffer, capacity)?,
                bytes::out(length, "length")?,
            )
        };
        let (keys, snapshot) = (PackedKeys::parse(keys)?, snapshot::optional(snapshot)?);
        let start = object.metrics.start(object.seat(), Side::Read);
        let read = object.family.multi_get(snapshot.as_deref(), &keys, target)?;
        object.metrics.count(object.seat(), Side::Read, keys.keys().len() as u64, start);
        Ok(answer(read, out))
    })
}

/// Flushes the memtable of one column family and waits.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; FSB_STATUS_COLUMN_FAMILY_DROPPED; an engine status.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_flush(
    family: *const fsb_column_family, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_flush", family, error, |object| {
        object.backend.drain()?;
        object.family.flush()?;
        Ok(fsb_status::Ok)
    })
}

/// Compacts the rows from `begin` to `end` down to the lowest level and waits.
///
/// Parameters: an empty `begin` means the first row, an empty `end` the last. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_ARGUMENT when `begin` is greater than `end`; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_LIMIT_EXCEEDED;
/// FSB_STATUS_CLOSED; FSB_STATUS_COLUMN_FAMILY_DROPPED; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_compact(
    family: *const fsb_column_family, begin: *const u8, begin_length: usize, end: *const u8, end_length: usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_compact", family, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let (begin, end) = unsafe {
            (
                bytes::input(begin, begin_length, "begin", MAX_KEY_BYTES)?,
                bytes::input(end, end_length, "end", MAX_KEY_BYTES)?,
            )
        };
        let bound = |bytes: &'_ [u8]| (!bytes.is_empty()).then(|| bytes.to_vec());
        object.backend.drain()?;
        object.family.compact(bound(begin).as_deref(), bound(end).as_deref())?;
        Ok(fsb_status::Ok)
    })
}

/// Changes options of one column family while it is open.
///
/// Parameters: `options_json` is one JSON document with family options that RocksDB can change, such as
/// `write_buffer_size_bytes`. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION naming the option: nothing was changed;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED; FSB_STATUS_COLUMN_FAMILY_DROPPED; an engine
/// status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_set_options(
    family: *const fsb_column_family, options_json: *const c_char, options_json_length: usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_set_options", family, error, |object| {
        // SAFETY: the header asks for a readable text.
        let changes = unsafe { bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)? };
        object.backend.set_family_options(&object.family, changes.as_bytes())?;
        Ok(fsb_status::Ok)
    })
}

/// The text of one of RocksDB's properties of a column family, such as `rocksdb.stats`.
///
/// Parameters: `name` is UTF-8; `value` receives a buffer owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_NOT_FOUND
/// when RocksDB knows no such property; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_property(
    family: *const fsb_column_family, name: *const c_char, name_length: usize, value: *mut *mut fsb_buffer,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_column_family_property", family, error, |object| -> Outcome {
        // SAFETY: the header asks for a readable text and a writable place.
        let (name, out) =
            unsafe { (bytes::text(name, name_length, "property name", MAX_NAME_BYTES)?, bytes::out(value, "value")?) };
        give_property(object.family.property(name)?, out)
    })
}

/// Frees the handle of a column family. The family and its rows stay.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_column_family_free(family: *mut fsb_column_family) -> fsb_status {
    guard::free("fsb_column_family_free", family)
}
