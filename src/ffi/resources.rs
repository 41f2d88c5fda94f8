//! `fsb_resources`: cache, write-buffer manager and rate limiter that backends share.

use std::ffi::c_char;
use std::sync::Arc;

use super::bytes;
use super::error::fsb_error;
use super::guard;
use super::handle::{Handle, Kind};
use super::status::fsb_status;
use crate::backend::limited;
use crate::db::resources::Resources;
use crate::limits::MAX_OPTIONS_BYTES;
use crate::options::ResourceOptions;

/// Block cache, write-buffer manager and rate limiter that several backends share. May be freed as soon as the backends are
/// open: they keep what they use. Threads: any.
pub struct fsb_resources {
    _opaque: [u8; 0],
}

impl Handle for fsb_resources {
    type Object = Arc<Resources>;
    const KIND: Kind = Kind::Resources;
}

/// Creates resources to share.
///
/// Parameters: `options_json` is one JSON document with any of `block_cache_size_bytes` (256 MiB, 0 for none),
/// `write_buffer_manager_size_bytes` (0, none) and `rate_limiter_bytes_per_second` (0, none); `resources` receives the handle.
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION naming the option; FSB_STATUS_INVALID_ARGUMENT. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_resources_create(
    options_json: *const c_char, options_json_length: usize, resources: *mut *mut fsb_resources,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_resources_create", error, || {
        // SAFETY: the header asks for a readable text and a writable place.
        let (json, out) = unsafe {
            (
                bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?,
                bytes::out(resources, "resources")?,
            )
        };
        let options = ResourceOptions::from_json(limited(json.as_bytes())?)?;
        out.set(guard::insert::<fsb_resources>(Arc::new(Resources::new(options)?), 0)?);
        Ok(fsb_status::Ok)
    })
}

/// Frees resources. They live on in the backends that use them.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_resources_free(resources: *mut fsb_resources) -> fsb_status {
    guard::free("fsb_resources_free", resources)
}
