//! [`SavepointProgress`]: how far an export or import is, and the way to stop it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Shared by the one who exports, imports or verifies a savepoint and all who look on. Usable from any thread at once.
#[derive(Debug, Default)]
pub struct SavepointProgress {
    entries: AtomicU64,
    bytes: AtomicU64,
    cancelled: AtomicBool,
}

impl SavepointProgress {
    /// Values, elements, map entries, timers and rows so far.
    pub fn entries(&self) -> u64 {
        self.entries.load(Ordering::Relaxed)
    }

    /// Bytes of the savepoint so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Has the next step end with [`Error::SavepointCancelled`].
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn count(&self, entries: u64, bytes: u64) {
        self.entries.fetch_add(entries, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// # Errors
    /// [`Error::SavepointCancelled`].
    pub(super) fn check(&self) -> Result<()> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Error::SavepointCancelled);
        }
        Ok(())
    }
}
