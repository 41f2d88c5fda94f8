//! `fsb_keyed_backend`: state scoped to the current key.

use std::ffi::c_char;
use std::sync::Arc;

use super::backend::fsb_backend;
use super::buffer::{self, fsb_buffer};
use super::bytes;
use super::error::{fsb_error, Failure};
use super::guard;
use super::handle::{Handle, Kind};
use super::state::{fsb_state, StateObject};
use super::status::fsb_status;
use super::timer_service::TimerObject;
use crate::backend::{limited, Backend};
use crate::limits::{MAX_KEYED_KEY_BYTES, MAX_NAME_BYTES, MAX_OPTIONS_BYTES};
use crate::state::descriptor::Descriptor;
use crate::state::{KeyedBackend, KeyedOptions};
use crate::ttl::clock::Time;

/// State scoped to keys, for the keys of one key-group range. Keeps its backend alive. Threads: one at a time for it and all states,
/// scans and timer services taken from it together, otherwise FSB_STATUS_IN_USE.
pub struct fsb_keyed_backend {
    _opaque: [u8; 0],
}

impl Handle for fsb_keyed_backend {
    type Object = KeyedObject;
    const KIND: Kind = Kind::KeyedBackend;
}

/// A keyed backend with the backend it keeps alive.
pub(super) struct KeyedObject {
    keyed: KeyedBackend,
    // IMPORTANT: last, so that the backend goes after the keyed one.
    backend: Arc<Backend>,
}

impl KeyedObject {
    pub(super) fn timer_service(&self, name: &str) -> crate::error::Result<TimerObject> {
        Ok(TimerObject::new(self.keyed.timer_service(name)?, &self.backend))
    }
}

/// Opens keyed state for a range of key groups that no other open keyed backend of the backend overlaps.
///
/// Parameters: `options_json` is one JSON document, all of it optional, or null with length 0: `max_parallelism` (1 to 32768, fixed by
/// the first opening; default 128), `first_key_group` (0), `last_key_group` (the last of all), `key_type` (a name of the caller's, fixed
/// by the first opening), `column_family` (`user_state`), `timer_column_family` (`timer_state`), `row_cache_bytes` (16 MiB; 0 for
/// none), `clock` (`system`, up to 10 ms late, or `manual`); `keyed` receives a handle owned by the caller. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_OPTION; FSB_STATUS_STATE_MISMATCH for another max parallelism or key type than the state has;
/// FSB_STATUS_IN_USE naming the overlapping range; FSB_STATUS_COLUMN_FAMILY_NOT_FOUND; FSB_STATUS_CORRUPTION for a damaged registry;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_keyed_backend_open(
    backend: *const fsb_backend, options_json: *const c_char, options_json_length: usize,
    keyed: *mut *mut fsb_keyed_backend, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_keyed_backend_open", backend, error, |backend| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (json, out) = unsafe {
            (bytes::text(options_json, options_json_length, "options", MAX_OPTIONS_BYTES)?, bytes::out(keyed, "keyed")?)
        };
        let keyed = backend.keyed(&KeyedOptions::from_json(limited(json.as_bytes())?)?)?;
        let object = KeyedObject { keyed, backend: Arc::clone(backend) };
        out.set(guard::insert::<fsb_keyed_backend>(object, backend.owner())?);
        Ok(fsb_status::Ok)
    })
}

/// Makes a key current for all states of the keyed backend.
///
/// Parameters: `hash`, unless null, is the caller's own 32-bit hash of the key, such as Java's `hashCode`. Returns: FSB_STATUS_OK;
/// FSB_STATUS_LIMIT_EXCEEDED for a key over 12 KiB; FSB_STATUS_KEY_GROUP_OUT_OF_RANGE: the key before stays current;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_keyed_backend_set_current_key(
    keyed: *mut fsb_keyed_backend, key: *const u8, key_length: usize, hash: *const i32, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_keyed_backend_set_current_key", keyed, error, |object| {
        // SAFETY: the header asks for readable bytes and a readable hash unless null.
        let (key, hash) =
            unsafe { (bytes::input(key, key_length, "key", MAX_KEYED_KEY_BYTES)?, bytes::optional(hash)) };
        object.keyed.set_current_key(key, hash)?;
        Ok(fsb_status::Ok)
    })
}

/// Leaves no key current: state answers FSB_STATUS_NO_CURRENT_KEY until the next one.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_keyed_backend_clear_current_key(
    keyed: *mut fsb_keyed_backend, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_keyed_backend_clear_current_key", keyed, error, |object| {
        object.keyed.clear_current_key()?;
        Ok(fsb_status::Ok)
    })
}

/// Makes a namespace current, for this and the next keys. The empty one, Flink's void namespace, is current at first.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_LIMIT_EXCEEDED for a namespace over 12 KiB; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_keyed_backend_set_namespace(
    keyed: *mut fsb_keyed_backend, name_space: *const u8, name_space_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_keyed_backend_set_namespace", keyed, error, |object| {
        // SAFETY: the header asks for readable bytes.
        let name_space = unsafe { bytes::input(name_space, name_space_length, "namespace", MAX_KEYED_KEY_BYTES)? };
        object.keyed.set_namespace(name_space)?;
        Ok(fsb_status::Ok)
    })
}

/// Time in which a ttl counts or a timer is due: event time, that is the watermark.
pub const FSB_TIME_EVENT: u8 = 1;
/// Processing time.
pub const FSB_TIME_PROCESSING: u8 = 2;

/// The time that a number of the ABI stands for.
pub(super) fn time_of(number: u8) -> Result<Time, Failure> {
    match number {
        FSB_TIME_EVENT => Ok(Time::Event),
        FSB_TIME_PROCESSING => Ok(Time::Processing),
        _ => Err(Failure::argument(format!("time {number} is neither FSB_TIME_EVENT nor FSB_TIME_PROCESSING"))),
    }
}

/// Advances the watermark, or the processing time of a manual clock.
///
/// Parameters: `time` is FSB_TIME_EVENT or FSB_TIME_PROCESSING; `millis` since 1970. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_ARGUMENT for a time before the last one, or for processing time that is the system's: nothing changes;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_CLOSED. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_keyed_backend_set_time(
    keyed: *mut fsb_keyed_backend, time: u8, millis: i64, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_keyed_backend_set_time", keyed, error, |object| {
        object.keyed.set_time(time_of(time)?, millis)?;
        Ok(fsb_status::Ok)
    })
}

/// Writes out what the row cache and the timers hold back, so that the engine has it.
///
/// Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; an engine status: what could not be
/// written is kept. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_keyed_backend_drain(
    keyed: *mut fsb_keyed_backend, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_keyed_backend_drain", keyed, error, |object| {
        object.keyed.drain()?;
        Ok(fsb_status::Ok)
    })
}

/// The registered states, with max parallelism, key type and key-group range, as one JSON document.
///
/// Parameters: `json` receives a buffer owned by the caller. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED; an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_keyed_backend_states_json(
    keyed: *mut fsb_keyed_backend, json: *mut *mut fsb_buffer, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_keyed_backend_states_json", keyed, error, |object| {
        // SAFETY: the header asks for a writable place.
        let out = unsafe { bytes::out(json, "json")? };
        buffer::give(object.keyed.states_json()?, out)?;
        Ok(fsb_status::Ok)
    })
}

/// Forgets a state and removes its rows in the key groups of this keyed backend.
///
/// Parameters: `name` is UTF-8. Returns: FSB_STATUS_OK; FSB_STATUS_STATE_NOT_FOUND; FSB_STATUS_IN_USE while a handle to it is open;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT; FSB_STATUS_CLOSED; an engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_keyed_backend_drop_state(
    keyed: *mut fsb_keyed_backend, name: *const c_char, name_length: usize, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_keyed_backend_drop_state", keyed, error, |object| {
        // SAFETY: the header asks for a readable text.
        let name = unsafe { bytes::text(name, name_length, "state name", MAX_NAME_BYTES)? };
        object.keyed.drop_state(name)?;
        Ok(fsb_status::Ok)
    })
}

/// Registers a state, or finds it registered the same way.
///
/// Parameters: `descriptor_json` is one JSON document: `name` (1 to 255 bytes) and `kind` (`value`, `list`, `map`, `reducing`,
/// `aggregating`) are required; `namespace_type`, `value_type`, `map_key_type` are names of the caller's; `aggregate` is one of `sum_i64`,
/// `sum_f64`, `min_i64`, `min_f64`, `max_i64`, `max_f64`, `average_i64`, `average_f64`, `count`; `column_family` of its own;
/// `ttl` with `millis` (at least 1), `update` (`on_create_and_write`, `on_read_and_write`), `visibility` (`never_return_expired`,
/// `return_expired_if_not_cleaned_up`) and `time` (`processing`, `event`). `state` receives a handle owned by the caller, which
/// follows the current key and namespace. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_OPTION; FSB_STATUS_STATE_MISMATCH when it is
/// registered with another kind, type, aggregate or family, or is open with another ttl; FSB_STATUS_COLUMN_FAMILY_NOT_FOUND;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_IN_USE; FSB_STATUS_CLOSED; an engine status. Threads: one at a time.
#[no_mangle]
pub unsafe extern "C" fn fsb_state_open(
    keyed: *mut fsb_keyed_backend, descriptor_json: *const c_char, descriptor_json_length: usize,
    state: *mut *mut fsb_state, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_state_open", keyed, error, |object| {
        // SAFETY: the header asks for a readable text and a writable place.
        let (json, out) = unsafe {
            (
                bytes::text(descriptor_json, descriptor_json_length, "state descriptor", MAX_OPTIONS_BYTES)?,
                bytes::out(state, "state")?,
            )
        };
        let opened = object.keyed.state(Descriptor::from_json(json.as_bytes())?)?;
        out.set(guard::insert::<fsb_state>(StateObject::new(opened, &object.backend), object.owner())?);
        Ok(fsb_status::Ok)
    })
}

/// Frees a keyed backend. What its row cache holds back is written out once its states are freed as well; what cannot be written
/// then waits for the close of the backend, which reports it.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_keyed_backend_free(keyed: *mut fsb_keyed_backend) -> fsb_status {
    guard::free("fsb_keyed_backend_free", keyed)
}
