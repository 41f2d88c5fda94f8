//! `fsb_savepoint_export` and `fsb_savepoint_import`: savepoints on their way out of and into a backend.

use std::ffi::c_char;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use super::backend::fsb_backend;
use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{Handle, Kind};
use super::status::fsb_status;
use crate::backend::{limited, Backend};
use crate::error::Error;
use crate::limits::{MAX_BATCH_BYTES, MAX_OPTIONS_BYTES};
use crate::savepoint::{self, ExportOptions, ImportOptions, SavepointExport, SavepointImport, SavepointProgress};

/// A savepoint that is read out of a backend. Threads: one at a time.
pub struct fsb_savepoint_export {
    _opaque: [u8; 0],
}

/// An export with the backend that it keeps open.
pub(super) struct ExportObject {
    export: SavepointExport,
    _backend: Arc<Backend>,
}

impl Handle for fsb_savepoint_export {
    type Object = ExportObject;
    const KIND: Kind = Kind::SavepointExport;
}

/// A savepoint that is taken into a backend. Threads: one at a time.
pub struct fsb_savepoint_import {
    _opaque: [u8; 0],
}

/// An import, until it is finished, with the backend that it keeps open.
pub(super) struct ImportObject {
    import: Option<SavepointImport>,
    _backend: Arc<Backend>,
}

impl ImportObject {
    fn under_way(&mut self) -> Result<&mut SavepointImport, Failure> {
        self.import.as_mut().ok_or_else(ended)
    }
}

#[cold]
fn ended() -> Failure {
    Failure::argument("the import has ended; begin another one".to_owned())
}

impl Handle for fsb_savepoint_import {
    type Object = ImportObject;
    const KIND: Kind = Kind::SavepointImport;
}

/// Begins to export the state as it is now: canonical, engine-neutral, and the same bytes for the same state (docs/savepoint.md). Drains the
/// row caches and takes a snapshot; all else is done by fsb_savepoint_export_read, beside other calls. Rows that have expired are left out.
///
/// Parameters: `options_json` may be null with length 0 and holds any of `name`, for messages; `states`, an array of names of keyed states,
/// null (default) for all; `timers`, `operator_states` and `column_families` (rows of families that hold no state), each true or false, and by
/// default true when all states are exported. `exporting` receives a handle owned by the caller. Returns: FSB_STATUS_OK;
/// FSB_STATUS_STATE_NOT_FOUND; FSB_STATUS_INVALID_OPTION; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED;
/// FSB_STATUS_CORRUPTION; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_export_savepoint(
    backend: *const fsb_backend, options_json: *const c_char, options_json_length: usize,
    exporting: *mut *mut fsb_savepoint_export, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_export_savepoint", backend, error, |backend| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (json, out) = unsafe {
            (
                bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?,
                bytes::out(exporting, "exporting")?,
            )
        };
        let options = ExportOptions::from_json(limited(json.as_bytes())?)?;
        let export = backend.export_savepoint(&options)?;
        let object = ExportObject { export, _backend: Arc::clone(backend) };
        out.set(guard::insert::<fsb_savepoint_export>(object, backend.owner())?);
        Ok(fsb_status::Ok)
    })
}

/// Copies the next bytes of a savepoint.
///
/// Parameters: `buffer` of `capacity` bytes, at least 1, receives them; `length` receives how many, 0 at the end. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT, also after a failure; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED;
/// FSB_STATUS_COLUMN_FAMILY_DROPPED; FSB_STATUS_CORRUPTION or another engine status: what was read before is no savepoint. Threads: one at
/// a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_savepoint_export_read(
    exporting: *mut fsb_savepoint_export, buffer: *mut u8, capacity: usize, length: *mut usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_savepoint_export_read", exporting, error, |object| {
        // SAFETY: the header asks for writable bytes and a writable place.
        let (target, out) = unsafe { (bytes::target(buffer, capacity)?, bytes::out(length, "length")?) };
        if target.is_empty() {
            return Err(Failure::argument("the buffer has no room: 0 bytes are the end of a savepoint".to_owned()));
        }
        out.set(object.export.read(target)?);
        Ok(fsb_status::Ok)
    })
}

/// Frees an export, at its end or before.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_savepoint_export_free(exporting: *mut fsb_savepoint_export) -> fsb_status {
    guard::free("fsb_savepoint_export_free", exporting)
}

/// Begins to import a savepoint. Nothing of it counts before fsb_savepoint_import_finish: when it fails, is freed before, or the process is
/// killed, what was written is removed, at once or when the folder is opened the next time. Keyed backends of its key groups must not be open
/// meanwhile.
///
/// Parameters: `options_json` may be null with length 0 and holds any of `name`, for messages; `states`, `timers`, `operator_states`,
/// `column_families` as for fsb_backend_export_savepoint; `first_key_group` and `last_key_group`, which are wanted (default: those of the
/// subtask, or all of the savepoint, which the backend must have if it had key groups open before); `parallelism` (null: one subtask of any key
/// groups) and `subtask` (0), which share key groups and operator lists; `position` (0), how many savepoints were imported before this one, to
/// whose lists this one adds; `max_parallelism` (0: as it is) and `rehash` (false), which places every key anew by
/// murmur3; `column_family` and `timer_column_family`. `importing` receives a handle owned by the caller. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_OPTION; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_import_savepoint(
    backend: *const fsb_backend, options_json: *const c_char, options_json_length: usize,
    importing: *mut *mut fsb_savepoint_import, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_import_savepoint", backend, error, |backend| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (json, out) = unsafe {
            (
                bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?,
                bytes::out(importing, "importing")?,
            )
        };
        let options = ImportOptions::from_json(limited(json.as_bytes())?)?;
        let import = Some(backend.import_savepoint(&options)?);
        let object = ImportObject { import, _backend: Arc::clone(backend) };
        out.set(guard::insert::<fsb_savepoint_import>(object, backend.owner())?);
        Ok(fsb_status::Ok)
    })
}

/// Takes the next bytes of a savepoint in.
///
/// Parameters: `data` of `length` bytes, at most 256 MiB at once. Returns: FSB_STATUS_OK; FSB_STATUS_CORRUPTION naming what is damaged;
/// FSB_STATUS_STATE_MISMATCH for states that are registered in another way or have rows already, and keys that cannot be placed;
/// FSB_STATUS_STATE_NOT_FOUND; FSB_STATUS_IN_USE, also while a keyed backend of the key groups is open or another savepoint is imported;
/// FSB_STATUS_INVALID_OPTION; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT, also after a failure; FSB_STATUS_LIMIT_EXCEEDED;
/// FSB_STATUS_CLOSED; an engine status. After a failure what was written is removed: free the import. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_savepoint_import_write(
    importing: *mut fsb_savepoint_import, data: *const u8, length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_savepoint_import_write", importing, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let data = unsafe { bytes::input(data, length, "data", MAX_BATCH_BYTES)? };
        object.under_way()?.write(data)?;
        Ok(fsb_status::Ok)
    })
}

/// Ends an import: all of the savepoint counts from now on, and is as durable as other writes; without a log it is flushed.
///
/// Returns: as fsb_savepoint_import_write, FSB_STATUS_CORRUPTION also when the savepoint is cut short. Free the import in any case. Threads:
/// one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_savepoint_import_finish(
    importing: *mut fsb_savepoint_import, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_savepoint_import_finish", importing, error, |object| {
        object.import.take().ok_or_else(ended)?.finish()?;
        Ok(fsb_status::Ok)
    })
}

/// Frees an import. One that is not finished leaves nothing.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_savepoint_import_free(importing: *mut fsb_savepoint_import) -> fsb_status {
    guard::free("fsb_savepoint_import_free", importing)
}

/// Reads a file with a savepoint and verifies every byte of it. May take long.
///
/// Parameters: `path` is of the file; `entries` receives the number of values, elements, map entries, timers and rows, `raw_bytes` how long
/// the savepoint would be uncompressed. Returns: FSB_STATUS_OK; FSB_STATUS_CORRUPTION naming the file and the part that is damaged;
/// FSB_STATUS_IO; FSB_STATUS_INVALID_ARGUMENT. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_savepoint_verify(
    path: *const c_char, path_length: usize, entries: *mut u64, raw_bytes: *mut u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_savepoint_verify", error, || {
        // SAFETY: the header asks for a readable text and two writable places.
        let (path, entries, raw_bytes) = unsafe {
            (
                bytes::text(path, path_length, "path", MAX_OPTIONS_BYTES)?,
                bytes::out(entries, "entries")?,
                bytes::out(raw_bytes, "raw_bytes")?,
            )
        };
        let failed = |source| Error::File { path: PathBuf::from(path), doing: "read savepoint", source };
        let summary = savepoint::verify(path, &mut File::open(path).map_err(failed)?, &SavepointProgress::default())?;
        entries.set(summary.entries);
        raw_bytes.set(summary.raw_bytes);
        Ok(fsb_status::Ok)
    })
}
