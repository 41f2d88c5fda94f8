//! The files that hold what was written, and the hold that keeps them where they are.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use super::status::{checked, EngineStatus};
use super::{sys, Engine};

/// A file that the engine needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LiveFile {
    pub(crate) name: String,
    /// Bytes of it that count: those after them were written later.
    pub(crate) size: u64,
    /// What stands for the file; none for what is in it.
    pub(crate) content: Option<Vec<u8>>,
}

/// Files that the engine does not delete while this lives.
pub(crate) struct HeldFiles {
    engine: Arc<Engine>,
}

impl HeldFiles {
    pub(crate) fn of(engine: &Arc<Engine>) -> Result<Self, EngineStatus> {
        // SAFETY: the engine is alive.
        checked(|status| unsafe { sys::fsb_engine_hold_files(engine.raw.as_ptr(), status) })?;
        Ok(Self { engine: Arc::clone(engine) })
    }

    /// Flushes all families as one, and lists every file that holds what was written before.
    pub(crate) fn flush_and_list(&self) -> Result<Vec<LiveFile>, EngineStatus> {
        extern "C" fn each(context: *mut c_void, file: *const sys::LiveFile) {
            // SAFETY: `context` is the vector below, `file` is valid for the call.
            let (files, file) = unsafe { (&mut *context.cast::<Vec<LiveFile>>(), &*file) };
            files.push(LiveFile {
                // SAFETY: the shim hands out readable bytes for the call.
                name: String::from_utf8_lossy(unsafe { bytes(file.name) }).into_owned(),
                size: file.size,
                // SAFETY: as above.
                content: Some(unsafe { bytes(file.content) }.to_vec()).filter(|content| !content.is_empty()),
            });
        }
        let mut files: Vec<LiveFile> = Vec::new();
        let context = ptr::from_mut(&mut files).cast();
        let engine = self.engine.raw.as_ptr();
        // SAFETY: `each` and `context` fit together and are used during the call only.
        checked(|status| unsafe { sys::fsb_engine_live_files(engine, each, context, status) })?;
        Ok(files)
    }
}

impl Drop for HeldFiles {
    fn drop(&mut self) {
        // SAFETY: the engine is alive, and this hold is released once.
        let released = checked(|status| unsafe { sys::fsb_engine_release_files(self.engine.raw.as_ptr(), status) });
        // What could not be deleted now is deleted with the next files.
        drop(released);
    }
}

/// # Safety
/// The slice names readable bytes for as long as the result is used.
unsafe fn bytes<'a>(slice: sys::Slice) -> &'a [u8] {
    if slice.length == 0 {
        return &[];
    }
    // SAFETY: as above.
    unsafe { std::slice::from_raw_parts(slice.data, slice.length) }
}
