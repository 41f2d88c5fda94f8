//! Whether this process was forked from one that had opened an engine. RocksDB's threads do not come along, and a lock that one of the
//! other threads held is held for ever: such a process can use neither engine nor locks.

#[cfg(unix)]
use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};

use super::EngineStatus;

static FORKED: AtomicBool = AtomicBool::new(false);

/// Whether that is so. Costs one load.
#[inline(always)]
pub(crate) fn happened() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// Has every process that is forked from now on know it.
///
/// # Errors
/// Memory ran out.
#[cfg(unix)]
pub(crate) fn watch() -> Result<(), EngineStatus> {
    static WATCHED: std::sync::Mutex<bool> = std::sync::Mutex::new(false);

    extern "C" {
        fn pthread_atfork(
            prepare: Option<extern "C" fn()>, parent: Option<extern "C" fn()>, child: Option<extern "C" fn()>,
        ) -> c_int;
    }

    extern "C" fn in_child() {
        FORKED.store(true, Ordering::Relaxed);
    }

    let mut watched = WATCHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !*watched {
        // SAFETY: the handler only stores an atomic, and its code stays for good: the library is linked with `-z nodelete`.
        *watched = unsafe { pthread_atfork(None, None, Some(in_child)) } == 0;
    }
    if *watched {
        Ok(())
    } else {
        Err(EngineStatus::out_of_memory())
    }
}

/// Nothing forks here.
#[cfg(not(unix))]
pub(crate) fn watch() -> Result<(), EngineStatus> {
    Ok(())
}
