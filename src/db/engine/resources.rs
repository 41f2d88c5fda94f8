//! Owned block cache, write-buffer manager and rate limiter, each shareable between engines.

use std::ptr::{self, NonNull};

use super::status::checked;
use super::{sys, EngineStatus};

/// Declares an owner of one shim object that any thread may use at once.
macro_rules! shared_object {
    ($(#[$doc:meta])* $name:ident, $destroy:ident) => {
        $(#[$doc])*
        pub(crate) struct $name(NonNull<sys::$name>);

        // SAFETY: the pointer leads to a std::shared_ptr that is only read, and RocksDB's object behind it is thread-safe.
        unsafe impl Send for $name {}
        // SAFETY: as above.
        unsafe impl Sync for $name {}

        impl $name {
            pub(super) fn as_ptr(&self) -> *mut sys::$name {
                self.0.as_ptr()
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: created by the shim, owned by this value alone.
                unsafe { sys::$destroy(self.0.as_ptr()) }
            }
        }
    };
}

shared_object!(
    /// RocksDB's HyperClockCache.
    Cache, fsb_engine_cache_destroy
);
shared_object!(
    /// Bounds the memtables of all engines that share it, and charges them to a cache when it has one.
    WriteBufferManager, fsb_engine_write_buffer_manager_destroy
);
shared_object!(
    /// Bounds the bytes per second that flush and compaction write.
    RateLimiter, fsb_engine_rate_limiter_destroy
);

/// Runs a shim constructor.
fn create<T>(call: impl FnOnce(*mut *mut T, *mut sys::Status) -> i32) -> Result<NonNull<T>, EngineStatus> {
    let mut raw = ptr::null_mut();
    checked(|status| call(&mut raw, status))?;
    Ok(NonNull::new(raw).expect("the shim fills its output whenever it answers 0"))
}

impl Cache {
    pub(crate) fn new(capacity_bytes: usize) -> Result<Self, EngineStatus> {
        // SAFETY: both outputs are valid for the call.
        create(|out, status| unsafe { sys::fsb_engine_cache_create(capacity_bytes, out, status) }).map(Self)
    }

    pub(crate) fn usage_bytes(&self) -> u64 {
        // SAFETY: the cache is alive as long as `self`.
        unsafe { sys::fsb_engine_cache_usage(self.as_ptr()) as u64 }
    }

    pub(crate) fn pinned_usage_bytes(&self) -> u64 {
        // SAFETY: the cache is alive as long as `self`.
        unsafe { sys::fsb_engine_cache_pinned_usage(self.as_ptr()) as u64 }
    }
}

impl WriteBufferManager {
    pub(crate) fn new(capacity_bytes: usize, cache: Option<&Cache>) -> Result<Self, EngineStatus> {
        let cache = cache.map_or(ptr::null_mut(), Cache::as_ptr);
        // SAFETY: both outputs are valid for the call, and the shim copies the shared pointer of the cache.
        create(|out, status| unsafe { sys::fsb_engine_write_buffer_manager_create(capacity_bytes, cache, out, status) })
            .map(Self)
    }
}

impl RateLimiter {
    pub(crate) fn new(bytes_per_second: i64) -> Result<Self, EngineStatus> {
        // SAFETY: both outputs are valid for the call.
        create(|out, status| unsafe { sys::fsb_engine_rate_limiter_create(bytes_per_second, out, status) }).map(Self)
    }
}
