//! The events of a backend, for whoever passes them on to a log of their own.

use super::backend::fsb_backend;
use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{self, Handle};
use super::status::fsb_status;
use crate::db::engine::Page;
use crate::db::event_log::EventSource;
use crate::options::EventLevel;

/// Level of an event: details.
pub const FSB_EVENT_DEBUG: u8 = 0;
/// Level of an event: what happens in the ordinary course of things.
pub const FSB_EVENT_INFO: u8 = 1;
/// Level of an event: what may be wrong.
pub const FSB_EVENT_WARN: u8 = 2;
/// Level of an event: what is wrong.
pub const FSB_EVENT_ERROR: u8 = 3;

/// Source of an event: this library.
pub const FSB_EVENT_OF_BACKEND: u8 = 0;
/// Source of an event: RocksDB.
pub const FSB_EVENT_OF_ENGINE: u8 = 1;

// They stand here as numbers because the header generator does not follow names.
const _: () = {
    assert!(FSB_EVENT_DEBUG == EventLevel::Debug as u8 && FSB_EVENT_INFO == EventLevel::Info as u8);
    assert!(FSB_EVENT_WARN == EventLevel::Warn as u8 && FSB_EVENT_ERROR == EventLevel::Error as u8);
    assert!(FSB_EVENT_OF_BACKEND == EventSource::Backend as u8 && FSB_EVENT_OF_ENGINE == EventSource::Engine as u8);
};

/// Takes events out of the queue that the option `event_log_queue_records` gives the backend. Never waits. Goes on until the backend is freed,
/// also when it was closed or a call on it has panicked: the last events are those of the close.
///
/// Parameters: `buffer` of `capacity` bytes, null only with capacity 0, receives, as many as fit, records `u8 level | u8 source | u16 zero |
/// u32 message length | i64 microseconds since 1970 | message`, oldest first, where `level` is one of FSB_EVENT_DEBUG, _INFO, _WARN and
/// _ERROR, `source` FSB_EVENT_OF_BACKEND or FSB_EVENT_OF_ENGINE, and the message UTF-8, maybe of several lines; `length` receives the bytes
/// written, `record_count` the records, `dropped_count` the events that came to a full queue since the call before. Returns: FSB_STATUS_OK,
/// with no records when none wait; FSB_STATUS_BUFFER_TOO_SMALL when the first does not fit: `length` is its size, nothing was taken;
/// FSB_STATUS_INVALID_OPTION when `event_log_queue_records` is 0; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT. Threads: any; each
/// event is handed out once.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_drain_events(
    backend: *const fsb_backend, buffer: *mut u8, capacity: usize, length: *mut usize, record_count: *mut usize,
    dropped_count: *mut u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::run("fsb_backend_drain_events", error, backend, || {
        let events = handle::events(backend).map_err(|refusal| Failure::of_refusal(refusal, fsb_backend::KIND))?;
        // SAFETY: the header asks for writable bytes and places.
        let (target, length, record_count, dropped_count) = unsafe {
            (
                bytes::target(buffer, capacity)?,
                bytes::out(length, "length")?,
                bytes::out(record_count, "record_count")?,
                bytes::out(dropped_count, "dropped_count")?,
            )
        };
        match events.ok_or_else(no_queue)?.drain(target) {
            (Page::Filled { length: filled, row_count }, dropped) => {
                length.set(filled);
                record_count.set(row_count);
                dropped_count.set(dropped);
                Ok(fsb_status::Ok)
            }
            (Page::Short(needed), _) => {
                length.set(needed);
                Ok(fsb_status::BufferTooSmall)
            }
        }
    })
}

#[cold]
fn no_queue() -> Failure {
    let text = "option 'event_log_queue_records' is 0, so that no events wait; open the backend with a number above it";
    Failure::new(fsb_status::InvalidOption, text)
}
