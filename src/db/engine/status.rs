//! [`EngineStatus`]: what RocksDB said, whole.

use std::mem::MaybeUninit;
use std::ptr;

use super::sys;

/// RocksDB's `Status`: code, subcode and severity as numbered in its `status.h`, and its text.
///
/// Codes from 1000 are not RocksDB's: 1000 is memory exhausted, 1001 another C++ exception, both stopped at the shim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineStatus {
    /// `Status::Code`.
    pub code: i32,
    /// `Status::SubCode`.
    pub subcode: i32,
    /// `Status::Severity`.
    pub severity: i32,
    /// RocksDB's own text.
    pub message: String,
}

impl EngineStatus {
    /// What the shim reports when memory is exhausted.
    #[cfg(unix)]
    pub(super) fn out_of_memory() -> Self {
        Self { code: 1000, subcode: 0, severity: 0, message: "out of memory".to_owned() }
    }
}

/// Calls the shim with a status to fill and returns what the call returned beside the status.
pub(super) fn with_status<R>(call: impl FnOnce(*mut sys::Status) -> R) -> (R, StatusGuard) {
    let mut raw = sys::Status { code: 0, subcode: 0, severity: 0, message: ptr::null_mut(), message_length: 0 };
    let answer = call(&mut raw);
    (answer, StatusGuard(raw))
}

/// Calls a shim function that answers 0 or 1.
#[inline(always)]
pub(super) fn checked(call: impl FnOnce(*mut sys::Status) -> i32) -> Result<(), EngineStatus> {
    let mut slot = StatusSlot::new();
    if call(slot.as_mut_ptr()) == 0 {
        return Ok(());
    }
    // SAFETY: the shim fills the status whenever it does not answer 0.
    Err(unsafe { slot.read() })
}

/// A place for the shim to fill when it fails. A call that succeeds leaves it as it is: not initialised, at no cost.
pub(super) struct StatusSlot(MaybeUninit<sys::Status>);

impl StatusSlot {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self(MaybeUninit::uninit())
    }

    #[inline(always)]
    pub(super) fn as_mut_ptr(&mut self) -> *mut sys::Status {
        self.0.as_mut_ptr()
    }

    /// # Safety
    /// The shim has filled the place.
    #[cold]
    pub(super) unsafe fn read(self) -> EngineStatus {
        // SAFETY: as above.
        StatusGuard(unsafe { self.0.assume_init() }).read()
    }
}

/// Owns the text of a filled status.
pub(super) struct StatusGuard(sys::Status);

impl StatusGuard {
    /// Copies the status out; the cold path.
    #[cold]
    pub(super) fn read(&self) -> EngineStatus {
        let message = if self.0.message.is_null() {
            "the engine gave no text".to_owned()
        } else {
            // SAFETY: the shim filled `message_length` bytes at `message`, which live until this guard is dropped.
            let bytes = unsafe { std::slice::from_raw_parts(self.0.message.cast::<u8>(), self.0.message_length) };
            String::from_utf8_lossy(bytes).into_owned()
        };
        EngineStatus { code: self.0.code, subcode: self.0.subcode, severity: self.0.severity, message }
    }
}

impl Drop for StatusGuard {
    #[inline]
    fn drop(&mut self) {
        if !self.0.message.is_null() {
            // SAFETY: the shim allocated the text for the holder of this status, and it is released once.
            unsafe { sys::fsb_engine_release_text(self.0.message) };
        }
    }
}
