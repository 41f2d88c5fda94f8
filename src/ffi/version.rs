//! Versions of library, ABI and engine; limits.

use std::ffi::c_char;

use super::guard;
use crate::db::engine;

/// Version of the ABI: raised when a declaration changes its meaning, not when one is added.
pub const FSB_ABI_VERSION: u32 = 1;
/// Value length of an absent row in the answer of a multi-get.
pub const FSB_ABSENT: u32 = 4294967295;
/// An integer figure that could not be measured. Figures in floating point are NaN then.
pub const FSB_NOT_MEASURED: u64 = 18446744073709551615;
/// Largest key, in bytes.
pub const FSB_MAX_KEY_BYTES: usize = 65536;
/// Largest value, in bytes.
pub const FSB_MAX_VALUE_BYTES: usize = 67108864;
/// Largest packed batch or packed list of keys, in bytes.
pub const FSB_MAX_BATCH_BYTES: usize = 268435456;
/// Most operations of a batch, or keys of a multi-get.
pub const FSB_MAX_BATCH_OPERATIONS: usize = 1048576;
/// Longest column family name, in bytes.
pub const FSB_MAX_NAME_BYTES: usize = 255;

// The limits stand here as numbers because the header generator does not follow names; they are the crate's.
const _: () = {
    use crate::limits;
    assert!(FSB_MAX_KEY_BYTES == limits::MAX_KEY_BYTES);
    assert!(FSB_MAX_VALUE_BYTES == limits::MAX_VALUE_BYTES);
    assert!(FSB_MAX_BATCH_BYTES == limits::MAX_BATCH_BYTES);
    assert!(FSB_MAX_BATCH_OPERATIONS == limits::MAX_BATCH_OPERATIONS);
    assert!(FSB_MAX_NAME_BYTES == limits::MAX_NAME_BYTES);
    assert!(FSB_ABSENT == u32::MAX && FSB_NOT_MEASURED == u64::MAX);
};

/// Version of the ABI of the loaded library, to be compared with FSB_ABI_VERSION. Threads: any.
#[no_mangle]
pub extern "C" fn fsb_abi_version() -> u32 {
    FSB_ABI_VERSION
}

/// Version of the library, such as `0.1.0`. Returns: static, terminated text. Threads: any.
#[no_mangle]
pub extern "C" fn fsb_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Version of RocksDB inside the library, such as `11.8.1`. Returns: static, terminated text. Threads: any.
#[no_mangle]
pub extern "C" fn fsb_engine_version() -> *const c_char {
    guard::infallible("fsb_engine_version", c"".as_ptr(), || engine::version().as_ptr())
}
