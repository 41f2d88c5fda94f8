//! What the engine's threads call with lines for the [`EventLog`]. None of it waits, and no panic reaches the engine.

use std::ffi::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use super::filter::bytes;
use super::sys;
use crate::db::event_log::{EventLog, EventSource};
use crate::options::EventLevel;

/// What the shim calls. A log is an `Arc<EventLog>`.
pub(super) static HOOKS: sys::LogHooks = sys::LogHooks { retain, release, line };

extern "C" fn retain(log: *const c_void) {
    // SAFETY: the log is of an Arc that is alive during the call.
    unsafe { Arc::increment_strong_count(log.cast::<EventLog>()) }
}

extern "C" fn release(log: *const c_void) {
    // SAFETY: the shim releases what it retained, once.
    let log = unsafe { Arc::from_raw(log.cast::<EventLog>()) };
    let _ = catch_unwind(AssertUnwindSafe(|| drop(log)));
}

extern "C" fn line(log: *const c_void, level: i32, of_engine: u8, text: sys::Slice) {
    // SAFETY: the shim holds the log, and lends the text for the call.
    let (log, text) = unsafe { (&*log.cast::<EventLog>(), bytes(text)) };
    let source = if of_engine == 0 { EventSource::Backend } else { EventSource::Engine };
    // A line that makes the log panic is lost.
    let _ = catch_unwind(AssertUnwindSafe(|| log.tell(level_of(level), source, &String::from_utf8_lossy(text))));
}

fn level_of(level: i32) -> EventLevel {
    match level {
        0 => EventLevel::Debug,
        1 => EventLevel::Info,
        2 => EventLevel::Warn,
        _ => EventLevel::Error,
    }
}
