//! The list functions of `fsb_state`.

use super::bytes;
use super::error::fsb_error;
use super::guard;
use super::state::fsb_state;
use super::status::fsb_status;
use crate::limits::MAX_VALUE_BYTES;
use crate::metrics::Side;

/// Appends elements to the list of the current key and namespace, in order. Nothing is read.
///
/// Parameters: `elements` holds records `u32 length | bytes`, at most 64 MiB; none change nothing. Returns: FSB_STATUS_OK;
/// FSB_STATUS_STATE_MISMATCH when the state is no list; FSB_STATUS_INVALID_ARGUMENT for malformed records; FSB_STATUS_LIMIT_EXCEEDED;
/// FSB_STATUS_NO_CURRENT_KEY; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; an engine status.
/// Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_add_elements(
    state: *mut fsb_state, elements: *const u8, elements_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_add_elements", state, error, |state| {
        // SAFETY: the header asks for readable bytes.
        let elements = unsafe { bytes::input(elements, elements_length, "list of elements", MAX_VALUE_BYTES)? };
        state.measured(Side::Write, |state| state.add_elements(elements))?;
        Ok(fsb_status::Ok)
    })
}

/// Replaces the list of the current key and namespace by elements; none clear it.
///
/// Parameters and returns: as fsb_state_add_elements. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_update_elements(
    state: *mut fsb_state, elements: *const u8, elements_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_update_elements", state, error, |state| {
        // SAFETY: the header asks for readable bytes.
        let elements = unsafe { bytes::input(elements, elements_length, "list of elements", MAX_VALUE_BYTES)? };
        state.measured(Side::Write, |state| state.update_elements(elements))?;
        Ok(fsb_status::Ok)
    })
}
