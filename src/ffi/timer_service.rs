//! `fsb_timer_service`: the timers of one name.

use std::ffi::c_char;
use std::sync::Arc;

use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{Handle, Kind};
use super::keyed_backend::{fsb_keyed_backend, time_of};
use super::sized::{self, end_of};
use super::status::fsb_status;
use crate::backend::Backend;
use crate::db::engine::Page;
use crate::limits::{MAX_BATCH_BYTES, MAX_KEYED_KEY_BYTES, MAX_NAME_BYTES};
use crate::metrics::Side;
use crate::state::{TimerQuery, TimerService};
use crate::timer::packed::Timer;

/// The timers of one name in a keyed backend: an ordered set for event time and one for processing time. Nothing fires by itself: whoever
/// advances the time asks for what is due. Keeps keyed backend and backend alive. Threads: one at a time, as its keyed backend, otherwise
/// FSB_STATUS_IN_USE.
pub struct fsb_timer_service {
    _opaque: [u8; 0],
}

impl Handle for fsb_timer_service {
    type Object = TimerObject;
    const KIND: Kind = Kind::TimerService;
}

/// A timer service with the backend it keeps alive.
pub(super) struct TimerObject {
    service: TimerService,
    // IMPORTANT: last, so that the backend goes after the service.
    backend: Arc<Backend>,
}

impl TimerObject {
    pub(super) fn new(service: TimerService, backend: &Arc<Backend>) -> Self {
        Self { service, backend: Arc::clone(backend) }
    }

    /// Counts and times a call by the timers that it touches.
    fn measured<T>(
        &self, side: Side, timers: impl FnOnce(&T) -> u64, call: impl FnOnce(&TimerService) -> crate::error::Result<T>,
    ) -> crate::error::Result<T> {
        self.backend.metrics().measure(side, timers, || call(&self.service))
    }
}

/// Which due timers are wanted.
#[repr(C)]
pub struct fsb_timer_query {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// FSB_TIME_EVENT or FSB_TIME_PROCESSING.
    pub time: u8,
    /// 1 removes what is handed out; 0 only looks.
    pub remove: u8,
    /// 1 for the timers of `key` only.
    pub has_key: u8,
    /// 1 for the timers of `name_space` only.
    pub has_namespace: u8,
    /// Latest timestamp wanted, in milliseconds since 1970.
    pub up_to: i64,
    /// The key.
    pub key: *const u8,
    /// Its length in bytes.
    pub key_length: usize,
    /// The namespace.
    pub name_space: *const u8,
    /// Its length in bytes.
    pub name_space_length: usize,
    /// The caller's own 32-bit hash of the key, if it was placed by one; null for the default hash.
    pub hash: *const i32,
}

// SAFETY: `repr(C)` with the size first; numbers and pointers, for all of which zero is valid.
unsafe impl sized::StatesSize for fsb_timer_query {
    const FIRST_SIZE: usize = end_of!(Self, hash: *const i32);
}

/// Opens the timers of a name. The same name again leads to the same timers.
///
/// Parameters: `name` is UTF-8 of 1 to 255 bytes; `service` receives a handle owned by the caller. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_LIMIT_EXCEEDED; FSB_STATUS_STATE_MISMATCH when another name has the same id;
/// FSB_STATUS_COLUMN_FAMILY_NOT_FOUND; FSB_STATUS_CORRUPTION for a damaged registration; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; an engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_timer_service_open(
    keyed: *mut fsb_keyed_backend, name: *const c_char, name_length: usize, service: *mut *mut fsb_timer_service,
    error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_timer_service_open", keyed, error, |object| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (name, out) = unsafe {
            (
                bytes::text(name, name_length, "name of the timer service", MAX_NAME_BYTES)?,
                bytes::out(service, "service")?,
            )
        };
        let opened = object.timer_service(name)?;
        out.set(guard::insert::<fsb_timer_service>(opened, object.owner())?);
        Ok(fsb_status::Ok)
    })
}

/// # Safety
/// `packed` must be as many readable bytes as stated, unless it is null.
unsafe fn unpacked<'a>(packed: *const u8, length: usize) -> Result<Vec<Timer<'a>>, Failure> {
    // SAFETY: as promised by the caller.
    let packed = unsafe { bytes::input(packed, length, "packed timers", MAX_BATCH_BYTES)? };
    Ok(Timer::unpack(packed)?)
}

/// Registers timers, also such that are due already. One that is registered already stays one.
///
/// Parameters: `timers` are records `u8 time | u8 has_hash | u16 zero | i32 hash | i64 timestamp | u32 key length | u32 namespace length |
/// key | namespace`, where `time` is FSB_TIME_EVENT or FSB_TIME_PROCESSING, `timestamp` in milliseconds since 1970, and `hash`, with
/// `has_hash` 1, the caller's own hash of the key, such as Java's `hashCode`. Returns: FSB_STATUS_OK; otherwise none was registered:
/// FSB_STATUS_INVALID_ARGUMENT for malformed records; FSB_STATUS_LIMIT_EXCEEDED for a key or namespace over 12 KiB;
/// FSB_STATUS_KEY_GROUP_OUT_OF_RANGE; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED;
/// FSB_STATUS_COLUMN_FAMILY_DROPPED; an engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_timer_service_register(
    service: *mut fsb_timer_service, timers: *const u8, timers_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_timer_service_register", service, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let timers = unsafe { unpacked(timers, timers_length)? };
        object.measured(Side::Write, |()| timers.len() as u64, |service| service.register(&timers))?;
        Ok(fsb_status::Ok)
    })
}

/// Deletes timers. Those that are not registered are passed over.
///
/// Parameters and returns: as fsb_timer_service_register; unless FSB_STATUS_OK, none was deleted. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_timer_service_delete(
    service: *mut fsb_timer_service, timers: *const u8, timers_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_timer_service_delete", service, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let timers = unsafe { unpacked(timers, timers_length)? };
        object.measured(Side::Write, |()| timers.len() as u64, |service| service.delete(&timers))?;
        Ok(fsb_status::Ok)
    })
}

/// When the earliest timer is due.
///
/// Parameters: `time` is FSB_TIME_EVENT or FSB_TIME_PROCESSING; `timestamp` receives milliseconds since 1970. Returns: FSB_STATUS_OK;
/// FSB_STATUS_NOT_FOUND when there is no timer; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IN_USE;
/// FSB_STATUS_CLOSED; FSB_STATUS_COLUMN_FAMILY_DROPPED; FSB_STATUS_CORRUPTION or another engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_timer_service_next(
    service: *mut fsb_timer_service, time: u8, timestamp: *mut i64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_timer_service_next", service, error, |object| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(timestamp, "timestamp")? };
        let time = time_of(time)?;
        let Some(next) = object.measured(Side::Read, |_| 1, |service| service.next(time))? else {
            return Ok(fsb_status::NotFound);
        };
        out.set(next);
        Ok(fsb_status::Ok)
    })
}

/// Counts the timers exactly, reading all that are not in memory.
///
/// Parameters: `time` is FSB_TIME_EVENT or FSB_TIME_PROCESSING; `count` receives the number. Returns: as fsb_timer_service_next, but
/// FSB_STATUS_OK without timers. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_timer_service_count(
    service: *mut fsb_timer_service, time: u8, count: *mut u64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_timer_service_count", service, error, |object| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(count, "count")? };
        let time = time_of(time)?;
        out.set(object.measured(Side::Read, |count| *count, |service| service.count(time))?);
        Ok(fsb_status::Ok)
    })
}

/// Hands out due timers, ordered by timestamp, key group, key and namespace.
///
/// Parameters: `query` with `struct_size` set; `buffer` of `capacity` bytes, null only with capacity 0, receives records as
/// fsb_timer_service_register takes them, with `has_hash` and `hash` 0, as many as fit; `length` receives the bytes written, `timer_count`
/// the records. With `remove` call again until there are none. Returns: FSB_STATUS_OK, with no records when nothing is due;
/// FSB_STATUS_BUFFER_TOO_SMALL when the first does not fit: `length` is its size, nothing was removed; FSB_STATUS_INVALID_ARGUMENT;
/// FSB_STATUS_LIMIT_EXCEEDED; FSB_STATUS_KEY_GROUP_OUT_OF_RANGE for a key of another subtask; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; FSB_STATUS_COLUMN_FAMILY_DROPPED; FSB_STATUS_CORRUPTION or another engine status: nothing was
/// removed. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_timer_service_due(
    service: *mut fsb_timer_service, query: *const fsb_timer_query, buffer: *mut u8, capacity: usize,
    length: *mut usize, timer_count: *mut usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_timer_service_due", service, error, |object| {
        // SAFETY: the header asks for a query of the size it states, writable bytes and writable places.
        let (query, target, length, timer_count) = unsafe {
            (
                converted(&sized::input(query, "query")?)?,
                bytes::target(buffer, capacity)?,
                bytes::out(length, "length")?,
                bytes::out(timer_count, "timer_count")?,
            )
        };
        match object.measured(Side::Read, handed_out, |service| service.due(&query, target))? {
            Page::Filled { length: filled, row_count } => {
                length.set(filled);
                timer_count.set(row_count);
                Ok(fsb_status::Ok)
            }
            Page::Short(needed) => {
                length.set(needed);
                Ok(fsb_status::BufferTooSmall)
            }
        }
    })
}

fn handed_out(page: &Page) -> u64 {
    match page {
        Page::Filled { row_count, .. } => *row_count as u64,
        Page::Short(_) => 0,
    }
}

/// # Safety
/// The pointers in the query must lead to as many readable bytes as they state, if it says that it has them.
unsafe fn converted<'a>(query: &fsb_timer_query) -> Result<TimerQuery<'a>, Failure> {
    let wanted = |has: u8, data: *const u8, length: usize, name: &str| {
        // SAFETY: as promised by the caller.
        (has != 0).then(|| unsafe { bytes::input(data, length, name, MAX_KEYED_KEY_BYTES) }).transpose()
    };
    Ok(TimerQuery {
        time: time_of(query.time)?,
        remove: query.remove != 0,
        up_to: query.up_to,
        // SAFETY: as promised by the caller.
        hash: unsafe { bytes::optional(query.hash) },
        key: wanted(query.has_key, query.key, query.key_length, "key")?,
        namespace: wanted(query.has_namespace, query.name_space, query.name_space_length, "namespace")?,
    })
}

/// Frees a timer service. Its timers stay.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_timer_service_free(service: *mut fsb_timer_service) -> fsb_status {
    guard::free("fsb_timer_service_free", service)
}
