//! A batch of writes, applied by [`Engine::write`](super::Engine::write).

use std::ptr::{self, NonNull};

use super::status::checked;
use super::{slice, sys, Engine, EngineStatus, Family};

/// RocksDB's own representation of a batch; its memory comes from the engine and goes back to it.
pub(crate) struct Batch<'a> {
    raw: NonNull<sys::Batch>,
    engine: &'a Engine,
}

impl<'a> Batch<'a> {
    /// An empty batch with room for `reserved_bytes`, protected as the engine asks.
    pub(crate) fn new(engine: &'a Engine, reserved_bytes: usize) -> Result<Self, EngineStatus> {
        let mut raw = ptr::null_mut();
        // SAFETY: the engine is alive, both outputs are valid for the call.
        checked(|status| unsafe {
            sys::fsb_engine_batch_take(engine.raw.as_ptr(), engine.write_flags, reserved_bytes, &mut raw, status)
        })?;
        Ok(Self { raw: NonNull::new(raw).expect("the shim fills its output whenever it answers 0"), engine })
    }

    pub(super) fn as_ptr(&mut self) -> *mut sys::Batch {
        self.raw.as_ptr()
    }

    pub(crate) fn put(&mut self, family: &Family, key: &[u8], value: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: the batch is borrowed mutably, the family is alive, the bytes are copied during the call.
        checked(|status| unsafe {
            sys::fsb_engine_batch_put(self.as_ptr(), family.as_ptr(), slice(key), slice(value), status)
        })
    }

    /// Appends `operand` to the value of `key`; a row that is not there is an empty value.
    pub(crate) fn merge(&mut self, family: &Family, key: &[u8], operand: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: as in `put`.
        checked(|status| unsafe {
            sys::fsb_engine_batch_merge(self.as_ptr(), family.as_ptr(), slice(key), slice(operand), status)
        })
    }

    pub(crate) fn delete(&mut self, family: &Family, key: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: as in `put`.
        checked(|status| unsafe { sys::fsb_engine_batch_delete(self.as_ptr(), family.as_ptr(), slice(key), status) })
    }

    pub(crate) fn delete_range(&mut self, family: &Family, begin: &[u8], end: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: as in `put`.
        checked(|status| unsafe {
            sys::fsb_engine_batch_delete_range(self.as_ptr(), family.as_ptr(), slice(begin), slice(end), status)
        })
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        // SAFETY: this value owns the batch, which is of this engine.
        unsafe { sys::fsb_engine_batch_give_back(self.engine.raw.as_ptr(), self.raw.as_ptr()) }
    }
}
