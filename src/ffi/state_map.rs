//! The map functions of `fsb_state`.

use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::state::{answered, fsb_state};
use super::status::fsb_status;
use crate::limits::{MAX_BATCH_BYTES, MAX_KEYED_KEY_BYTES, MAX_VALUE_BYTES};
use crate::metrics::Side;
use crate::state::map::MapRead;

/// # Safety
/// `map_key` must be as many readable bytes as stated, unless null.
pub(super) unsafe fn map_key<'a>(map_key: *const u8, length: usize) -> Result<&'a [u8], Failure> {
    // SAFETY: as promised by the caller.
    unsafe { bytes::input(map_key, length, "map key", MAX_KEYED_KEY_BYTES) }
}

/// A value of the caller's, or none when it is the null value.
///
/// # Safety
/// `value` must be as many readable bytes as stated, unless null.
pub(super) unsafe fn map_value<'a>(value: *const u8, length: usize, is_null: u8) -> Result<Option<&'a [u8]>, Failure> {
    // SAFETY: as promised by the caller.
    let value = unsafe { bytes::input(value, length, "value", MAX_VALUE_BYTES)? };
    match (is_null, value.len()) {
        (0, _) => Ok(Some(value)),
        (1, 0) => Ok(None),
        (1, _) => Err(Failure::argument("a null value has no bytes".to_owned())),
        _ => Err(Failure::argument(format!("is_null is {is_null}; allowed are 0 and 1"))),
    }
}

/// Copies the value of a map entry into the caller's buffer.
///
/// Parameters: `buffer` of `capacity` bytes, null only with capacity 0; `length` receives the size; `is_null` receives 1 for an entry
/// with a null value, of length 0, else 0. Returns: FSB_STATUS_OK; FSB_STATUS_NOT_FOUND when there is no entry, nothing written;
/// FSB_STATUS_BUFFER_TOO_SMALL, only `length` written; FSB_STATUS_STATE_MISMATCH when the state is no map; FSB_STATUS_LIMIT_EXCEEDED
/// for a map key over 12 KiB; FSB_STATUS_NO_CURRENT_KEY; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IN_USE;
/// FSB_STATUS_CLOSED; an engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_map_get(
    state: *mut fsb_state, key: *const u8, key_length: usize, buffer: *mut u8, capacity: usize, length: *mut usize,
    is_null: *mut u8, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_map_get", state, error, |state| {
        // SAFETY: the header asks for readable and writable bytes and writable places.
        let (key, target, length, is_null) = unsafe {
            (
                map_key(key, key_length)?,
                bytes::target(buffer, capacity)?,
                bytes::out(length, "length")?,
                bytes::out(is_null, "is_null")?,
            )
        };
        match state.measured(Side::Read, |state| state.map_get(key, target))? {
            MapRead::Value(read) => {
                if matches!(read, crate::db::engine::Read::Copied(_)) {
                    is_null.set(0);
                }
                answered(read, length)
            }
            MapRead::Null => {
                length.set(0);
                is_null.set(1);
                Ok(fsb_status::Ok)
            }
        }
    })
}

/// Whether there is a map entry.
///
/// Parameters: `contains` receives 1 or 0. Returns: FSB_STATUS_OK; else as fsb_state_map_get. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_map_contains(
    state: *mut fsb_state, key: *const u8, key_length: usize, contains: *mut u8, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_map_contains", state, error, |state| {
        // SAFETY: the header asks for readable bytes and a writable place.
        let (key, out) = unsafe { (map_key(key, key_length)?, bytes::out(contains, "contains")?) };
        out.set(u8::from(state.measured(Side::Read, |state| state.map_contains(key))?));
        Ok(fsb_status::Ok)
    })
}

/// Writes a map entry.
///
/// Parameters: `is_null` 1 writes the null value and needs `value_length` 0; else 0. Returns: FSB_STATUS_OK; FSB_STATUS_LIMIT_EXCEEDED;
/// else as fsb_state_map_get. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_map_put(
    state: *mut fsb_state, key: *const u8, key_length: usize, value: *const u8, value_length: usize, is_null: u8,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_map_put", state, error, |state| {
        // SAFETY: the header asks for readable bytes.
        let (key, value) = unsafe { (map_key(key, key_length)?, map_value(value, value_length, is_null)?) };
        state.measured(Side::Write, |state| state.map_put(key, value))?;
        Ok(fsb_status::Ok)
    })
}

/// Writes map entries, all of them or none.
///
/// Parameters: `entries` holds records `u32 key length | u32 value length | key | value`, 0xFFFFFFFF as length of a null value.
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT for malformed records; else as fsb_state_map_put. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_map_put_all(
    state: *mut fsb_state, entries: *const u8, entries_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_map_put_all", state, error, |state| {
        // SAFETY: the header asks for readable bytes.
        let entries = unsafe { bytes::input(entries, entries_length, "list of entries", MAX_BATCH_BYTES)? };
        state.measured(Side::Write, |state| state.map_put_all(entries))?;
        Ok(fsb_status::Ok)
    })
}

/// Removes a map entry; it is fine when there is none.
///
/// Returns: FSB_STATUS_OK; else as fsb_state_map_get. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_map_remove(
    state: *mut fsb_state, key: *const u8, key_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_map_remove", state, error, |state| {
        // SAFETY: the header asks for readable bytes.
        let key = unsafe { map_key(key, key_length)? };
        state.measured(Side::Write, |state| state.map_remove(key))?;
        Ok(fsb_status::Ok)
    })
}
