//! `fsb_error`: why a call failed, owned by the caller.

use std::ffi::{c_char, CStr, CString};
use std::ptr;

use super::guard::{self, Outcome};
use super::handle::{self, Handle, Kind, Refusal, KIND_SHIFT, NO_SLOT};
use super::sized::{self, end_of};
use super::status::fsb_status;
use crate::db::engine::fork;
use crate::error::{Error, FORKED};

/// Why a call failed: code, sentence, and the engine's own codes. Owned by the caller, freed with fsb_error_free. Threads: any.
pub struct fsb_error {
    _opaque: [u8; 0],
}

impl Handle for fsb_error {
    type Object = Failure;
    const KIND: Kind = Kind::Error;
}

/// What an `fsb_error` holds; also what the body of an export returns: one word, so that an outcome fits into registers.
#[derive(Debug)]
pub(super) struct Failure(Box<Description>);

#[derive(Debug)]
struct Description {
    status: fsb_status,
    message: CString,
    engine: Option<[i32; 3]>,
    is_transient: bool,
}

impl Failure {
    #[cold]
    pub(super) fn new(status: fsb_status, message: impl Into<String>) -> Self {
        let message = CString::new(message.into().replace('\0', "\u{fffd}")).unwrap_or_default();
        let is_transient = status == fsb_status::TimedOut || status == fsb_status::InUse;
        Self(Box::new(Description { status, message, engine: None, is_transient }))
    }

    /// An argument that cannot be used as given.
    #[cold]
    pub(super) fn argument(message: impl Into<String>) -> Self {
        Self::new(fsb_status::InvalidArgument, message)
    }

    #[cold]
    pub(super) fn of_refusal(refusal: Refusal, kind: Kind) -> Self {
        let noun = kind.noun();
        match refusal {
            Refusal::Invalid => Self::new(
                fsb_status::InvalidHandle,
                format!("the {noun} handle is null, was freed, or is not a {noun} handle"),
            ),
            Refusal::InUse => Self::new(
                fsb_status::InUse,
                format!("the {noun} is in use by another call; it serves one thread at a time"),
            ),
            Refusal::Closed => Self::new(fsb_status::Closed, format!("the backend of the {noun} handle was closed")),
            Refusal::Poisoned => Self::new(
                fsb_status::Poisoned,
                format!("the backend of the {noun} handle panicked in an earlier call; free it and open it again"),
            ),
        }
    }

    pub(super) fn status(&self) -> fsb_status {
        self.0.status
    }
}

impl From<Error> for Failure {
    #[cold]
    fn from(error: Error) -> Self {
        let mut failure = Self::new((&error).into(), error.to_string());
        failure.0.engine = error.engine_status().map(|status| [status.code, status.subcode, status.severity]);
        failure.0.is_transient = error.is_transient();
        failure
    }
}

/// An error in figures and text.
#[repr(C)]
pub struct fsb_error_details {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// What the failed call returned.
    pub status: fsb_status,
    /// RocksDB's Status::Code; 1000 for exhausted memory and 1001 for another C++ exception; -1 when not the engine's failure.
    pub engine_code: i32,
    /// RocksDB's Status::SubCode; -1 when not the engine's failure.
    pub engine_subcode: i32,
    /// RocksDB's Status::Severity; -1 when not the engine's failure.
    pub engine_severity: i32,
    /// 1 when the same call may succeed later without a change by the caller.
    pub is_transient: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// One sentence, UTF-8 and terminated; valid until the error is freed.
    pub message: *const c_char,
    /// Length of the message in bytes, without the terminator.
    pub message_length: usize,
}

// SAFETY: `repr(C)` with the size first; a status, numbers and a pointer, for all of which zero is valid.
unsafe impl sized::StatesSize for fsb_error_details {
    const FIRST_SIZE: usize = end_of!(Self, message_length: usize);
}

/// Describes an error.
///
/// Parameters: `details->struct_size` is set by the caller, and written as all else. Returns: FSB_STATUS_OK; FSB_STATUS_INVALID_HANDLE;
/// FSB_STATUS_INVALID_ARGUMENT for null or too small a struct_size. The message stays the error's. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_error_describe(error: *const fsb_error, details: *mut fsb_error_details) -> fsb_status {
    if is_of_fork(error) {
        // SAFETY: the header asks for a struct of the size it states at `details`.
        return guard::infallible("fsb_error_describe", fsb_status::Panic, || unsafe {
            describe(details, fsb_status::Forked, None, false, FORKED).unwrap_or_else(|failure| failure.status())
        });
    }
    guard::shared("fsb_error_describe", error, guard::NO_ERROR, |error| {
        let Description { status, message, engine, is_transient } = &*error.0;
        // SAFETY: as above.
        unsafe { describe(details, *status, *engine, *is_transient, message) }
    })
}

/// # Safety
/// `details` must be null or point to a struct of the size it states.
unsafe fn describe(
    details: *mut fsb_error_details, status: fsb_status, engine: Option<[i32; 3]>, is_transient: bool, message: &CStr,
) -> Outcome {
    // SAFETY: as promised by the caller.
    let out = unsafe { sized::out(details, "details")? };
    let [engine_code, engine_subcode, engine_severity] = engine.unwrap_or([-1; 3]);
    out.set(fsb_error_details {
        struct_size: 0, // what is written, by `set`
        status,
        engine_code,
        engine_subcode,
        engine_severity,
        is_transient: u8::from(is_transient),
        reserved: [0; 3],
        message: message.as_ptr(),
        message_length: message.to_bytes().len(),
    });
    Ok(fsb_status::Ok)
}

/// The one error of a forked process, which can neither use the table of handles nor count on memory. It is freed like any other.
pub(super) fn of_fork() -> *mut fsb_error {
    ptr::without_provenance_mut(((Kind::Error as u64) << KIND_SHIFT | NO_SLOT) as usize)
}

fn is_of_fork(error: *const fsb_error) -> bool {
    fork::happened() && ptr::addr_eq(error, of_fork())
}

/// The sentence of an error.
///
/// Returns: UTF-8, terminated, valid until the error is freed; an empty text for an invalid handle. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_error_message(error: *const fsb_error) -> *const c_char {
    guard::infallible("fsb_error_message", c"".as_ptr(), || {
        if fork::happened() {
            return if is_of_fork(error) { FORKED.as_ptr() } else { c"".as_ptr() };
        }
        handle::lease(error).map_or(c"".as_ptr(), |error| error.0.message.as_ptr())
    })
}

/// Frees an error and its message.
///
/// Returns: FSB_STATUS_OK, also for null; FSB_STATUS_INVALID_HANDLE. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_error_free(error: *mut fsb_error) -> fsb_status {
    if is_of_fork(error) {
        return fsb_status::Ok;
    }
    guard::free("fsb_error_free", error)
}
