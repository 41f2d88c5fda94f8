//! `fsb_key_group_*`: where keys belong. Pure functions.

use super::bytes;
use super::error::fsb_error;
use super::guard;
use super::status::fsb_status;
use crate::key::key_group;
use crate::limits::MAX_KEY_BYTES;

/// The key group of a key: murmur3 (x86, 32 bits, seed 0) of its bytes modulo the max parallelism.
///
/// Parameters: `hash`, unless null, is the caller's own 32-bit hash of the key, such as Java's `hashCode`, and places it where
/// Flink itself does; `key_group` receives the result. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT for a max parallelism
/// outside 1 to 32768; FSB_STATUS_LIMIT_EXCEEDED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_key_group_of(
    key: *const u8, key_length: usize, hash: *const i32, max_parallelism: u32, key_group: *mut u32,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_key_group_of", error, || {
        // SAFETY: the header asks for readable bytes, a readable hash unless null, and a writable place.
        let (key, hash, out) = unsafe {
            (
                bytes::input(key, key_length, "key", MAX_KEY_BYTES)?,
                bytes::optional(hash),
                bytes::out(key_group, "key_group")?,
            )
        };
        let group = match hash {
            None => key_group::of_key(key, max_parallelism)?,
            Some(hash) => key_group::of_hash(hash, max_parallelism)?,
        };
        out.set(u32::from(group));
        Ok(fsb_status::Ok)
    })
}

/// The key groups of one subtask, by Flink's formula.
///
/// Parameters: `index` of the subtask, below `parallelism`, which is at most `max_parallelism`; `first` and `last` receive the range,
/// both included. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_key_group_range(
    max_parallelism: u32, parallelism: u32, index: u32, first: *mut u32, last: *mut u32, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_key_group_range", error, || {
        // SAFETY: the header asks for writable places.
        let (first, last) = unsafe { (bytes::out(first, "first")?, bytes::out(last, "last")?) };
        let range = key_group::range_of_subtask(max_parallelism, parallelism, index)?;
        first.set(u32::from(range.first()));
        last.set(u32::from(range.last()));
        Ok(fsb_status::Ok)
    })
}

/// Flink's default max parallelism: the next power of two of one and a half times the parallelism, within 128 to 32768.
///
/// Parameters: `max_parallelism` receives the result. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_ARGUMENT for a parallelism outside
/// 1 to 32768. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_key_group_default_max_parallelism(
    parallelism: u32, max_parallelism: *mut u32, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::unbound("fsb_key_group_default_max_parallelism", error, || {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(max_parallelism, "max_parallelism")? };
        out.set(key_group::default_max_parallelism(parallelism)?);
        Ok(fsb_status::Ok)
    })
}
