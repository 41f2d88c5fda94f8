//! Options of a backend without one: their defaults, and whether they will do.

use std::ffi::c_char;

use super::buffer::{self, fsb_buffer};
use super::bytes;
use super::error::fsb_error;
use super::guard;
use super::status::fsb_status;
use crate::backend::limited;
use crate::limits::MAX_OPTIONS_BYTES;
use crate::options::Options;

/// All options of a backend with their defaults, as one JSON document. `data_directory` is the one to fill in.
///
/// Parameters: `json` receives a buffer owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT for null.
/// Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_options_default_json(
    json: *mut *mut fsb_buffer, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_options_default_json", error, || {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(json, "json")? };
        buffer::give(Options::default().to_json(), out)?;
        Ok(fsb_status::Ok)
    })
}

/// Checks the options of a backend without opening one: as fsb_backend_open does before it looks at the folder.
///
/// Parameters: `options_json` as for fsb_backend_open. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION naming the option at fault and what
/// is allowed; FSB_STATUS_INVALID_ARGUMENT for null. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_options_check(
    options_json: *const c_char, options_json_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_options_check", error, || {
        // SAFETY: the header asks for that many readable bytes of text.
        let json = unsafe { bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)? };
        Options::from_json(limited(json.as_bytes())?)?;
        Ok(fsb_status::Ok)
    })
}
