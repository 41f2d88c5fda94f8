//! `fsb_view`: a value read without a copy.

use super::bytes;
use super::guard;
use super::handle::{Handle, Kind};
use super::status::fsb_status;
use crate::db::column_family::PinnedValue;

/// A value that stays where the engine has it. Free it soon: it pins a block of the cache, and closing its backend waits for it.
/// Threads: any.
pub struct fsb_view {
    _opaque: [u8; 0],
}

impl Handle for fsb_view {
    type Object = PinnedValue;
    const KIND: Kind = Kind::View;
}

/// The bytes of a view.
///
/// Parameters: `data` and `length` receive where and how many they are. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT for null outputs; FSB_STATUS_CLOSED while its backend closes. The bytes stay the engine's and
/// are valid until the view is freed. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_view_data(view: *const fsb_view, data: *mut *const u8, length: *mut usize) -> fsb_status {
    guard::shared("fsb_view_data", view, guard::NO_ERROR, |view| {
        // SAFETY: the header asks for writable places.
        let (data, length) = unsafe { (bytes::out(data, "data")?, bytes::out(length, "length")?) };
        let bytes: &[u8] = (**view).as_ref();
        data.set(bytes.as_ptr());
        length.set(bytes.len());
        Ok(fsb_status::Ok)
    })
}

/// Frees a view.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_view_free(view: *mut fsb_view) -> fsb_status {
    guard::free("fsb_view_free", view)
}
