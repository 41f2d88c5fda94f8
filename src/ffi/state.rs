//! `fsb_state`: one declared state. Here what all kinds have, values and aggregates; lists, maps and scans have files of their own.

use std::ffi::c_char;
use std::ops::Deref;
use std::sync::Arc;

use super::backend::fsb_backend;
use super::bytes;
use super::error::fsb_error;
use super::guard::{self, Outcome};
use super::handle::{Handle, Kind};
use super::status::fsb_status;
use crate::backend::Backend;
use crate::db::engine::Read;
use crate::limits::{MAX_BATCH_BYTES, MAX_KEYED_KEY_BYTES, MAX_OPTIONS_BYTES, MAX_VALUE_BYTES};
use crate::metrics::Side;
use crate::state::descriptor::Descriptor;
use crate::state::State;

/// One declared state of a keyed backend, whose current key and namespace it follows, or one operator state. Keeps both alive.
/// Threads: one at a time, as its keyed backend, otherwise FSB_STATUS_IN_USE.
pub struct fsb_state {
    _opaque: [u8; 0],
}

impl Handle for fsb_state {
    type Object = StateObject;
    const KIND: Kind = Kind::State;
}

/// A state with the backend it keeps alive.
pub(super) struct StateObject {
    state: State,
    // IMPORTANT: last, so that the backend goes after the state.
    pub(super) backend: Arc<Backend>,
}

impl StateObject {
    pub(super) fn new(state: State, backend: &Arc<Backend>) -> Self {
        Self { state, backend: Arc::clone(backend) }
    }

    /// Counts and times a call that touches one row.
    #[inline]
    pub(super) fn measured<T>(
        &self, side: Side, call: impl FnOnce(&State) -> crate::error::Result<T>,
    ) -> crate::error::Result<T> {
        self.backend.metrics().measure(side, |_| 1, || call(&self.state))
    }
}

impl Deref for StateObject {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

/// Opens operator state, which has no keys: it belongs to the subtask, not to a key.
///
/// Parameters: `descriptor_json` is one JSON document: `name` and `kind` (`list`, split on rescaling; `union`, whole in every subtask;
/// `broadcast`, a map) are required, `value_type` and `map_key_type` are names of the caller's; `state` receives a handle owned by the
/// caller, on which the list functions work, or the map functions for broadcast. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION;
/// FSB_STATUS_STATE_MISMATCH; FSB_STATUS_COLUMN_FAMILY_NOT_FOUND; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; an engine status.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_operator_state_open(
    backend: *const fsb_backend, descriptor_json: *const c_char, descriptor_json_length: usize,
    state: *mut *mut fsb_state, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_operator_state_open", backend, error, |backend| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (json, out) = unsafe {
            (
                bytes::text(descriptor_json, descriptor_json_length, "state descriptor", MAX_OPTIONS_BYTES)?,
                bytes::out(state, "state")?,
            )
        };
        let opened = backend.operator_state(Descriptor::from_json(json.as_bytes())?)?;
        out.set(guard::insert::<fsb_state>(StateObject::new(opened, backend), backend.owner())?);
        Ok(fsb_status::Ok)
    })
}

/// Tells the caller how a read went.
pub(super) fn answered(read: Read, length: bytes::Out<'_, usize>) -> Outcome {
    match read {
        Read::Copied(copied) => {
            length.set(copied);
            Ok(fsb_status::Ok)
        }
        Read::Short(needed) => {
            length.set(needed);
            Ok(fsb_status::BufferTooSmall)
        }
        Read::Absent => Ok(fsb_status::NotFound),
    }
}

/// Copies the value of the current key and namespace into the caller's buffer: a value, the accumulator of reducing and aggregating
/// state, or the elements of a list as records `u32 length | bytes`.
///
/// Parameters: `buffer` of `capacity` bytes, null only with capacity 0; `length` receives the size. Returns: FSB_STATUS_OK;
/// FSB_STATUS_NOT_FOUND, nothing written; FSB_STATUS_BUFFER_TOO_SMALL, only `length` written; FSB_STATUS_NO_CURRENT_KEY;
/// FSB_STATUS_STATE_MISMATCH for a map; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IN_USE;
/// FSB_STATUS_CLOSED; FSB_STATUS_CORRUPTION or another engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_get(
    state: *mut fsb_state, buffer: *mut u8, capacity: usize, length: *mut usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_get", state, error, |state| {
        // SAFETY: the header asks for writable bytes and a writable place.
        let (target, length) = unsafe { (bytes::target(buffer, capacity)?, bytes::out(length, "length")?) };
        answered(state.measured(Side::Read, |state| state.get_into(target))?, length)
    })
}

/// Writes the value of the current key and namespace: a value, or the accumulator of reducing and aggregating state.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_NO_CURRENT_KEY; FSB_STATUS_STATE_MISMATCH for a list or map; FSB_STATUS_LIMIT_EXCEEDED for a value
/// over 64 MiB; FSB_STATUS_INVALID_ARGUMENT for an accumulator of another length than the native aggregate has; else as fsb_state_get.
/// Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_put(
    state: *mut fsb_state, value: *const u8, value_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_put", state, error, |state| {
        // SAFETY: the header asks for readable bytes.
        let value = unsafe { bytes::input(value, value_length, "value", MAX_VALUE_BYTES)? };
        state.measured(Side::Write, |state| state.put(value))?;
        Ok(fsb_status::Ok)
    })
}

/// Removes all that the state has for the current key and namespace.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_NO_CURRENT_KEY; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; an engine
/// status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_clear(state: *mut fsb_state, error: *mut *mut fsb_error) -> fsb_status {
    guard::shared("fsb_state_clear", state, error, |state| {
        state.measured(Side::Write, |state| state.clear())?;
        Ok(fsb_status::Ok)
    })
}

/// Whether the state has nothing for the current key and namespace. Reads no more than the first entry of a map.
///
/// Parameters: `is_empty` receives 1 or 0. Returns: as fsb_state_clear; FSB_STATUS_INVALID_ARGUMENT. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_is_empty(
    state: *mut fsb_state, is_empty: *mut u8, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_is_empty", state, error, |state| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(is_empty, "is_empty")? };
        out.set(u8::from(state.measured(Side::Read, |state| state.is_empty())?));
        Ok(fsb_status::Ok)
    })
}

/// Adds an integer to a native aggregate of integers, or counts it, in one call.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_STATE_MISMATCH when the state has no such aggregate; FSB_STATUS_OVERFLOW: the aggregate stays as
/// it was; FSB_STATUS_NO_CURRENT_KEY; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; an engine status.
/// Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_add_i64(
    state: *mut fsb_state, value: i64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_add_i64", state, error, |state| {
        state.measured(Side::Write, |state| state.add_i64(value))?;
        Ok(fsb_status::Ok)
    })
}

/// Adds a double to a native aggregate of doubles, or counts it, in one call.
///
/// Returns: as fsb_state_add_i64. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_add_f64(
    state: *mut fsb_state, value: f64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_add_f64", state, error, |state| {
        state.measured(Side::Write, |state| state.add_f64(value))?;
        Ok(fsb_status::Ok)
    })
}

/// The sum, least, greatest or count of a native aggregate of integers.
///
/// Parameters: `result` receives it. Returns: FSB_STATUS_OK; FSB_STATUS_NOT_FOUND when nothing was added; FSB_STATUS_STATE_MISMATCH;
/// FSB_STATUS_NO_CURRENT_KEY; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED;
/// an engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_result_i64(
    state: *mut fsb_state, result: *mut i64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_result_i64", state, error, |state| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(result, "result")? };
        Ok(found(state.measured(Side::Read, |state| state.result_i64())?, out))
    })
}

/// The sum, least or greatest of a native aggregate of doubles, or either average.
///
/// Parameters and returns: as fsb_state_result_i64. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_result_f64(
    state: *mut fsb_state, result: *mut f64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_result_f64", state, error, |state| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(result, "result")? };
        Ok(found(state.measured(Side::Read, |state| state.result_f64())?, out))
    })
}

fn found<T>(result: Option<T>, out: bytes::Out<'_, T>) -> fsb_status {
    match result {
        Some(result) => {
            out.set(result);
            fsb_status::Ok
        }
        None => fsb_status::NotFound,
    }
}

/// Merges namespaces into one and clears them, for the current key, all or nothing: a list is appended, a native aggregate combined.
///
/// Parameters: `sources` holds records `u32 length | bytes`; one that is the target stays. Returns: FSB_STATUS_OK;
/// FSB_STATUS_STATE_MISMATCH for a value, a map and an aggregate of the caller's own; FSB_STATUS_OVERFLOW; FSB_STATUS_INVALID_ARGUMENT
/// for malformed sources; FSB_STATUS_LIMIT_EXCEEDED; FSB_STATUS_NO_CURRENT_KEY; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE;
/// FSB_STATUS_CLOSED; an engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_merge_namespaces(
    state: *mut fsb_state, target: *const u8, target_length: usize, sources: *const u8, sources_length: usize,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_merge_namespaces", state, error, |state| {
        // SAFETY: the header asks for readable bytes.
        let (target, sources) = unsafe {
            (
                bytes::input(target, target_length, "target namespace", MAX_KEYED_KEY_BYTES)?,
                bytes::input(sources, sources_length, "source namespaces", MAX_BATCH_BYTES)?,
            )
        };
        state.measured(Side::Write, |state| state.merge_namespaces(target, sources))?;
        Ok(fsb_status::Ok)
    })
}

/// Frees a state. Its rows stay.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_free(state: *mut fsb_state) -> fsb_status {
    guard::free("fsb_state_free", state)
}
