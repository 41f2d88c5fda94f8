//! `fsb_backend`: one folder of state.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use super::buffer::{self, fsb_buffer};
use super::bytes;
use super::column_family::{fsb_column_family, FamilyObject};
use super::error::{fsb_error, Failure};
use super::guard::{self, Outcome};
use super::handle::{self, CloseFailure, Handle, Kind, Lease, Unfinished};
use super::publishing;
use super::resources::fsb_resources;
use super::sized::{self, end_of};
use super::snapshot::fsb_snapshot;
use super::status::fsb_status;
use crate::backend::{limited, Backend};
use crate::db::column_family::ColumnFamily;
use crate::db::resources::Resources;
use crate::limits::{MAX_BATCH_BYTES, MAX_NAME_BYTES, MAX_OPTIONS_BYTES};
use crate::metrics::Side;
use crate::options::Options;

/// One folder of state, owned by this process until it is closed. Threads: any, at once.
pub struct fsb_backend {
    _opaque: [u8; 0],
}

impl Handle for fsb_backend {
    type Object = Arc<Backend>;
    const KIND: Kind = Kind::Backend;
}

/// What opening a folder found of the write-ahead log.
#[repr(C)]
pub struct fsb_recovery {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Sequence number of the last write recovered; 0 in a fresh folder.
    pub last_sequence: u64,
    /// Bytes of a damaged log: reported as dropped by RocksDB, or missing since the close. At least these are lost.
    pub wal_dropped_bytes: u64,
    /// Damaged places found.
    pub wal_dropped_records: u64,
    /// Greatest sequence number known to be in table files when the folder was flushed or closed; 0 when none.
    pub recorded_sequence: u64,
}

// SAFETY: `repr(C)` with the size first; numbers only.
unsafe impl sized::StatesSize for fsb_recovery {
    const FIRST_SIZE: usize = end_of!(Self, recorded_sequence: u64);
}

/// Opens a folder of state: every column family found in it, and those of the options that are missing.
///
/// Parameters: `options_json` is one JSON document, of which `data_directory` is required; `resources` is shared with other
/// backends, or null; `backend` receives the handle, owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION
/// naming the option and its range; FSB_STATUS_FOLDER_UNUSABLE; FSB_STATUS_FOLDER_IN_USE naming the owner;
/// FSB_STATUS_DATA_LOST; FSB_STATUS_CORRUPTION or another engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_open(
    options_json: *const c_char, options_json_length: usize, resources: *const fsb_resources,
    backend: *mut *mut fsb_backend, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_backend_open", error, || {
        // SAFETY: the header asks for a readable text and a writable place.
        let (json, out) = unsafe {
            (
                bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?,
                bytes::out(backend, "backend")?,
            )
        };
        let options = Options::from_json(limited(json.as_bytes())?)?;
        hand_over(Backend::open(options, shared_resources(resources)?)?, out)
    })
}

/// Hands a backend that was opened to the caller.
pub(super) fn hand_over(opened: Backend, out: bytes::Out<'_, *mut fsb_backend>) -> Outcome {
    let events = opened.event_queue();
    let handle = guard::insert::<fsb_backend>(Arc::new(opened), 0)?;
    events.into_iter().for_each(|events| handle::keep_events(handle, events));
    out.set(handle);
    Ok(fsb_status::Ok)
}

pub(super) fn shared_resources(resources: *const fsb_resources) -> Result<Option<Arc<Resources>>, Failure> {
    if resources.is_null() {
        return Ok(None);
    }
    let lease = handle::lease(resources).map_err(|refusal| Failure::of_refusal(refusal, Kind::Resources))?;
    Ok(Some(Arc::clone(&lease)))
}

/// Options in force, as one JSON document: with the families that exist and what was changed at run time.
///
/// Parameters: `json` receives a buffer owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_options_json(
    backend: *const fsb_backend, json: *mut *mut fsb_buffer, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_options_json", backend, error, |backend| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(json, "json")? };
        buffer::give(backend.options().to_json(), out)?;
        Ok(fsb_status::Ok)
    })
}

/// Closes a backend: refuses new calls on it and all its handles, waits for those in flight and for its views to be freed, makes
/// durable what an orderly end promises, and gives the folder up. Its handles answer FSB_STATUS_CLOSED until they are freed, but for
/// fsb_backend_drain_events.
///
/// Parameters: `timeout_millis` bounds the wait for others, not the final flush or sync. Returns: FSB_STATUS_OK, also when it
/// is closed already; FSB_STATUS_TIMED_OUT: new calls stay refused, call again to go on; FSB_STATUS_IN_USE while another thread
/// closes it; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_POISONED; an engine status when the final flush or sync failed: nothing was
/// given up, call again, or free the handle to give up. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_close(
    backend: *mut fsb_backend, timeout_millis: u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::run("fsb_backend_close", error, backend.cast_const(), || {
        publishing::end(backend);
        handle::close_children(backend, Duration::from_millis(timeout_millis)).map_err(unclosed)?;
        finish_closing(backend)
    })
}

fn finish_closing(backend: *mut fsb_backend) -> Outcome {
    let refused = |refusal| Failure::of_refusal(refusal, Kind::Backend);
    if let Some(closed) = handle::closed_object(backend).map_err(refused)? {
        closed.settle()?;
        let backend = Arc::into_inner(closed.take()).ok_or_else(|| {
            Failure::new(
                fsb_status::InUse,
                "another object still holds the backend, which closes with the last of them",
            )
        })?;
        backend.release()?;
    }
    Ok(fsb_status::Ok)
}

fn unclosed(failure: CloseFailure) -> Failure {
    match failure {
        CloseFailure::Refused(refusal) => Failure::of_refusal(refusal, Kind::Backend),
        CloseFailure::Unfinished(Unfinished { calls, views }) => Failure::new(
            fsb_status::TimedOut,
            format!("the deadline of the close passed with {calls} calls in flight and {views} views not freed; close again"),
        ),
    }
}

/// Frees a backend. One that was not closed closes, without a report, when the last of its handles is freed.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_free(backend: *mut fsb_backend) -> fsb_status {
    guard::end_and_free("fsb_backend_free", backend, |_| publishing::end(backend))
}

/// Hands a column family to the caller.
fn give_family(backend: &Lease<Arc<Backend>>, family: ColumnFamily) -> Result<*mut fsb_column_family, Failure> {
    guard::insert(FamilyObject::new(Arc::clone(backend), family), backend.owner())
}

/// An open column family by name.
///
/// Parameters: `name` is UTF-8; `family` receives a handle owned by the caller. Returns: FSB_STATUS_OK;
/// FSB_STATUS_COLUMN_FAMILY_NOT_FOUND; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_column_family(
    backend: *const fsb_backend, name: *const c_char, name_length: usize, family: *mut *mut fsb_column_family,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_column_family", backend, error, |backend| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (name, out) = unsafe {
            (bytes::text(name, name_length, "column family name", MAX_NAME_BYTES)?, bytes::out(family, "family")?)
        };
        out.set(give_family(backend, backend.column_family(name)?)?);
        Ok(fsb_status::Ok)
    })
}

/// Creates a column family.
///
/// Parameters: `options_json` holds options over those of the backend, as one JSON document, and may be null with length 0;
/// `family` receives a handle owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_COLUMN_FAMILY_EXISTS;
/// FSB_STATUS_INVALID_OPTION; FSB_STATUS_LIMIT_EXCEEDED for a name over 255 bytes; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_create_column_family(
    backend: *const fsb_backend, name: *const c_char, name_length: usize, options_json: *const c_char,
    options_json_length: usize, family: *mut *mut fsb_column_family, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_create_column_family", backend, error, |backend| {
        // SAFETY: the header asks for two readable texts and a writable place.
        let (name, options, out) = unsafe {
            (
                bytes::text(name, name_length, "column family name", MAX_NAME_BYTES)?,
                bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?,
                bytes::out(family, "family")?,
            )
        };
        out.set(give_family(backend, backend.create_column_family(name, options.as_bytes())?)?);
        Ok(fsb_status::Ok)
    })
}

/// Drops a column family with all its rows, at once and for good. Handles to it answer FSB_STATUS_COLUMN_FAMILY_DROPPED.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_COLUMN_FAMILY_NOT_FOUND; FSB_STATUS_INVALID_ARGUMENT for `default`;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_drop_column_family(
    backend: *const fsb_backend, name: *const c_char, name_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_drop_column_family", backend, error, |backend| {
        // SAFETY: the header asks for a readable text.
        let name = unsafe { bytes::text(name, name_length, "column family name", MAX_NAME_BYTES)? };
        backend.drop_column_family(name)?;
        Ok(fsb_status::Ok)
    })
}

/// Names of the column families, in order, as a JSON array of texts.
///
/// Parameters: `json` receives a buffer owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_list_column_families(
    backend: *const fsb_backend, json: *mut *mut fsb_buffer, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_list_column_families", backend, error, |backend| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(json, "json")? };
        buffer::give(serde_json::Value::from(backend.column_family_names()).to_string(), out)?;
        Ok(fsb_status::Ok)
    })
}

/// Applies a batch over any column families, all of it or nothing.
///
/// Parameters: `batch` is a row of operations `u8 kind | 3 zero bytes | u32 column family id | u32 key length |
/// u32 value length | key | value`. Kind 1 puts; 2 deletes, with value length 0; 3 deletes the range from key, included, to
/// value, excluded. At most FSB_MAX_BATCH_BYTES and FSB_MAX_BATCH_OPERATIONS. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_ARGUMENT naming the malformed operation, FSB_STATUS_COLUMN_FAMILY_NOT_FOUND,
/// FSB_STATUS_COLUMN_FAMILY_DROPPED or FSB_STATUS_LIMIT_EXCEEDED: nothing was applied; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_CLOSED; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_write(
    backend: *const fsb_backend, batch: *const u8, batch_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_write", backend, error, |backend| {
        // SAFETY: the header asks for readable bytes.
        let batch = unsafe { bytes::input(batch, batch_length, "batch", MAX_BATCH_BYTES)? };
        backend.metrics().measure(Side::Write, |operations: &usize| *operations as u64, || backend.write(batch))?;
        Ok(fsb_status::Ok)
    })
}

/// As fsb_backend_write, but refuses where that would wait because the engine delays or stops writes: for writers that wait in a queue
/// with deadlines, such as a credit pool's. Give the credits of a refused write back with fsb_credit_channel_refund.
///
/// Parameters and returns: as fsb_backend_write; FSB_STATUS_STALLED for the refusal: nothing was applied. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_try_write(
    backend: *const fsb_backend, batch: *const u8, batch_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_try_write", backend, error, |backend| {
        // SAFETY: the header asks for readable bytes.
        let batch = unsafe { bytes::input(batch, batch_length, "batch", MAX_BATCH_BYTES)? };
        backend.metrics().measure(Side::Write, |operations: &usize| *operations as u64, || backend.try_write(batch))?;
        Ok(fsb_status::Ok)
    })
}

/// A view of all column families as they are now.
///
/// Parameters: `snapshot` receives a handle owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_snapshot(
    backend: *const fsb_backend, snapshot: *mut *mut fsb_snapshot, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_snapshot", backend, error, |backend| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(snapshot, "snapshot")? };
        out.set(guard::insert::<fsb_snapshot>(backend.snapshot()?, backend.owner())?);
        Ok(fsb_status::Ok)
    })
}

/// Flushes the memtables of all column families as one, and waits: what was written before is durable in table files.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; FSB_STATUS_NO_SPACE or another engine status.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_flush(backend: *const fsb_backend, error: *mut *mut fsb_error) -> fsb_status {
    guard::shared("fsb_backend_flush", backend, error, |backend| {
        backend.flush()?;
        Ok(fsb_status::Ok)
    })
}

/// Syncs the write-ahead log to the device: what was written before survives loss of power.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT when the log is disabled; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_CLOSED; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_sync_wal(backend: *const fsb_backend, error: *mut *mut fsb_error) -> fsb_status {
    guard::shared("fsb_backend_sync_wal", backend, error, |backend| {
        backend.sync_wal()?;
        Ok(fsb_status::Ok)
    })
}

/// Changes options of the whole backend while it is open.
///
/// Parameters: `options_json` is one JSON document with any of `max_background_jobs`, `max_subcompactions`, `max_open_files`,
/// `delayed_write_rate_bytes_per_second` and `bytes_per_sync`. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION naming the option:
/// nothing was changed; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED; an engine status.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_set_options(
    backend: *const fsb_backend, options_json: *const c_char, options_json_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_set_options", backend, error, |backend| {
        // SAFETY: the header asks for a readable text.
        let changes = unsafe { bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)? };
        backend.set_options(changes.as_bytes())?;
        Ok(fsb_status::Ok)
    })
}

/// The text of one of RocksDB's properties of the whole database, such as `rocksdb.dbstats`.
///
/// Parameters: `name` is UTF-8; `value` receives a buffer owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_NOT_FOUND
/// when RocksDB knows no such property; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_property(
    backend: *const fsb_backend, name: *const c_char, name_length: usize, value: *mut *mut fsb_buffer,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_property", backend, error, |backend| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (name, out) =
            unsafe { (bytes::text(name, name_length, "property name", MAX_NAME_BYTES)?, bytes::out(value, "value")?) };
        give_property(backend.column_family("default")?.property(name)?, out)
    })
}

/// Hands the text of a property to the caller.
pub(super) fn give_property(text: Option<String>, out: bytes::Out<'_, *mut fsb_buffer>) -> Outcome {
    match text {
        Some(text) => buffer::give(text, out).map(|()| fsb_status::Ok),
        None => Ok(fsb_status::NotFound),
    }
}

/// What opening the folder found of the write-ahead log.
///
/// Parameters: `recovery->struct_size` is set by the caller, and written as all else. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT for null or too small a struct_size; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_recovery(
    backend: *const fsb_backend, recovery: *mut fsb_recovery, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_recovery", backend, error, |backend| {
        // SAFETY: the header asks for a struct of the size it states at `recovery`.
        let out = unsafe { sized::out(recovery, "recovery")? };
        let found = backend.recovery();
        out.set(fsb_recovery {
            struct_size: 0, // what is written, by `set`
            reserved: 0,
            last_sequence: found.last_sequence,
            wal_dropped_bytes: found.wal_dropped_bytes,
            wal_dropped_records: found.wal_dropped_records,
            recorded_sequence: found.recorded_sequence,
        });
        Ok(fsb_status::Ok)
    })
}

/// Reads every block and every table file once and compares the checksums. May take long.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_CORRUPTION naming the file; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; another
/// engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_verify_checksums(
    backend: *const fsb_backend, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_verify_checksums", backend, error, |backend| {
        backend.verify_checksums()?;
        Ok(fsb_status::Ok)
    })
}
