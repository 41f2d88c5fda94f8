//! `fsb_state_scan`: a walk over entries, elements or keys of a state.

use std::sync::Arc;

use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{Handle, Kind};
use super::state::fsb_state;
use super::state_map::{map_key, map_value};
use super::status::fsb_status;
use crate::backend::Backend;
use crate::db::engine::Page;
use crate::metrics::Side;
use crate::state::scan::{ScanOver, StateScan};

/// A walk over a state as it was when the walk began, for the key and namespace that were current then. Keeps state and backend
/// alive, and old rows on disk: free it soon. Threads: one at a time, as its keyed backend, otherwise FSB_STATUS_IN_USE.
pub struct fsb_state_scan {
    _opaque: [u8; 0],
}

impl Handle for fsb_state_scan {
    type Object = ScanObject;
    const KIND: Kind = Kind::StateScan;
}

/// A scan with the backend it keeps alive.
pub(super) struct ScanObject {
    scan: StateScan,
    // IMPORTANT: last, so that the backend goes after the scan.
    backend: Arc<Backend>,
}

/// Map entries or list elements of the current key and namespace.
pub const FSB_SCAN_ENTRIES: u8 = 1;
/// All keys that have the state in the current namespace.
pub const FSB_SCAN_KEYS: u8 = 2;
/// All keys that have the state, with their namespaces.
pub const FSB_SCAN_KEYS_AND_NAMESPACES: u8 = 3;

fn over(number: u8) -> Result<ScanOver, Failure> {
    match number {
        FSB_SCAN_ENTRIES => Ok(ScanOver::Entries),
        FSB_SCAN_KEYS => Ok(ScanOver::Keys),
        FSB_SCAN_KEYS_AND_NAMESPACES => Ok(ScanOver::KeysAndNamespaces),
        _ => Err(Failure::argument(format!(
            "`what` is {number}; allowed are FSB_SCAN_ENTRIES, FSB_SCAN_KEYS and FSB_SCAN_KEYS_AND_NAMESPACES"
        ))),
    }
}

/// Starts a walk.
///
/// Parameters: `what` is one of FSB_SCAN_*; `strict` 1 makes a walk over entries answer FSB_STATUS_MODIFIED once they are changed other
/// than through it, 0 lets it go on as it began; `scan` receives a handle owned by the caller. Returns: FSB_STATUS_OK;
/// FSB_STATUS_NO_CURRENT_KEY for entries; FSB_STATUS_STATE_MISMATCH for entries of a state that is no map or list, and for keys of
/// operator state; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; an engine status.
/// Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_scan_open(
    state: *mut fsb_state, what: u8, strict: u8, scan: *mut *mut fsb_state_scan, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_scan_open", state, error, |state| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(scan, "scan")? };
        let scan = state.scan(over(what)?, strict != 0)?;
        let object = ScanObject { scan, backend: Arc::clone(&state.backend) };
        out.set(guard::insert::<fsb_state_scan>(object, state.owner())?);
        Ok(fsb_status::Ok)
    })
}

/// Reads records and moves past them. Those that have expired are left out.
///
/// Parameters: `buffer` of `capacity` bytes receives, as many as fit, map entries and keys as `u32 key length | u32 value length | key |
/// value`, where 0xFFFFFFFF is the length of a null value and the value of a key is its namespace if asked for, list elements as
/// `u32 length | bytes`; `length` receives the bytes written, `row_count` the records. Returns: FSB_STATUS_OK, with no records at the
/// end; FSB_STATUS_BUFFER_TOO_SMALL when the next record may not fit: `length` is a size that is enough, the position stays;
/// FSB_STATUS_MODIFIED for a strict walk; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IN_USE;
/// FSB_STATUS_CLOSED; FSB_STATUS_CORRUPTION or another engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_scan_next_page(
    scan: *mut fsb_state_scan, buffer: *mut u8, capacity: usize, length: *mut usize, row_count: *mut usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_state_scan_next_page", scan, error, |object| {
        // SAFETY: the header asks for writable bytes and places.
        let (target, length, row_count) = unsafe {
            (bytes::target(buffer, capacity)?, bytes::out(length, "length")?, bytes::out(row_count, "row_count")?)
        };
        let backend = Arc::clone(&object.backend);
        let rows = |page: &Page| if let Page::Filled { row_count, .. } = page { *row_count as u64 } else { 0 };
        match backend.metrics().measure(Side::Read, rows, || object.scan.page(target))? {
            Page::Filled { length: filled, row_count: rows } => {
                length.set(filled);
                row_count.set(rows);
                Ok(fsb_status::Ok)
            }
            Page::Short(needed) => {
                length.set(needed);
                Ok(fsb_status::BufferTooSmall)
            }
        }
    })
}

/// Removes an entry of the map walked over, which does not count as a change beside the walk.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_STATE_MISMATCH when the walk is not over map entries; FSB_STATUS_LIMIT_EXCEEDED;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; an engine status.
/// Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_scan_remove(
    scan: *mut fsb_state_scan, key: *const u8, key_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_state_scan_remove", scan, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let key = unsafe { map_key(key, key_length)? };
        object.scan.remove(key)?;
        Ok(fsb_status::Ok)
    })
}

/// Writes an entry of the map walked over, which does not count as a change beside the walk.
///
/// Parameters: as fsb_state_map_put. Returns: as fsb_state_scan_remove. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_scan_replace(
    scan: *mut fsb_state_scan, key: *const u8, key_length: usize, value: *const u8, value_length: usize, is_null: u8,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::exclusive("fsb_state_scan_replace", scan, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let (key, value) = unsafe { (map_key(key, key_length)?, map_value(value, value_length, is_null)?) };
        object.scan.replace(key, value)?;
        Ok(fsb_status::Ok)
    })
}

/// Frees a walk.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_scan_free(scan: *mut fsb_state_scan) -> fsb_status {
    guard::free("fsb_state_scan_free", scan)
}
