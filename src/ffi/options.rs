//! Defaults of the options.

use super::buffer::{self, fsb_buffer};
use super::bytes;
use super::error::fsb_error;
use super::guard;
use super::status::fsb_status;
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
