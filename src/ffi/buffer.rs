//! `fsb_buffer`: bytes owned by the caller.

use super::bytes;
use super::error::Failure;
use super::guard;
use super::handle::{Handle, Kind};
use super::status::fsb_status;

/// Bytes owned by the caller, freed with fsb_buffer_free. Lives on when its backend is closed. Threads: any.
pub struct fsb_buffer {
    _opaque: [u8; 0],
}

impl Handle for fsb_buffer {
    type Object = Vec<u8>;
    const KIND: Kind = Kind::Buffer;
}

/// Hands bytes to the caller.
pub(super) fn give(bytes: impl Into<Vec<u8>>, out: bytes::Out<'_, *mut fsb_buffer>) -> Result<(), Failure> {
    out.set(guard::insert::<fsb_buffer>(bytes.into(), 0)?);
    Ok(())
}

/// The bytes of a buffer.
///
/// Parameters: `data` and `length` receive where and how many they are. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT for null outputs. The bytes stay the buffer's and are valid until it is freed. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_buffer_data(
    buffer: *const fsb_buffer, data: *mut *const u8, length: *mut usize,
) -> fsb_status {
    guard::shared("fsb_buffer_data", buffer, guard::NO_ERROR, |buffer| {
        // SAFETY: the header asks for writable places.
        let (data, length) = unsafe { (bytes::out(data, "data")?, bytes::out(length, "length")?) };
        data.set(buffer.as_ptr());
        length.set(buffer.len());
        Ok(fsb_status::Ok)
    })
}

/// Frees a buffer and its bytes.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_buffer_free(buffer: *mut fsb_buffer) -> fsb_status {
    guard::free("fsb_buffer_free", buffer)
}
