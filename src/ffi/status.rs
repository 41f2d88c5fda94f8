//! [`fsb_status`]: the outcome of a call.

use std::ffi::{c_char, CStr};

use crate::error::{EngineFailure, Error};

/// Outcome of a call. Numbers are grouped by hundreds and never reused.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum fsb_status {
    /// Done.
    Ok = 0,
    /// There is no such row or property. An answer: no error object.
    NotFound = 100,
    /// The caller's buffer is too short; the needed size was written. An answer: no error object.
    BufferTooSmall = 101,
    /// The deadline passed first. Call again to go on waiting.
    TimedOut = 102,
    /// The call was cancelled while it waited. An answer: no error object.
    Cancelled = 103,
    /// An argument cannot be used as given: null, not UTF-8, malformed, out of order.
    InvalidArgument = 200,
    /// A handle is null, was freed, is of another type or was never given out.
    InvalidHandle = 201,
    /// An object for one thread at a time is in use by another call.
    InUse = 202,
    /// The backend was closed.
    Closed = 203,
    /// An earlier call on the backend panicked; free it.
    Poisoned = 204,
    /// An option is unknown, of the wrong type or outside its range.
    InvalidOption = 205,
    /// The backend has no such column family.
    ColumnFamilyNotFound = 206,
    /// The backend has the column family already.
    ColumnFamilyExists = 207,
    /// The column family was dropped after the handle was taken.
    ColumnFamilyDropped = 208,
    /// Another backend has the data folder open.
    FolderInUse = 209,
    /// The data folder is missing, a file, or not accessible.
    FolderUnusable = 210,
    /// A key, value, batch or name is larger than allowed.
    LimitExceeded = 211,
    /// The process was forked from one that had opened a backend; neither the engine nor an inherited handle works in it.
    Forked = 212,
    /// No key is current: set one first.
    NoCurrentKey = 213,
    /// No state of that name is registered.
    StateNotFound = 214,
    /// A state is registered with another kind, type or ttl, or the call is not for its kind.
    StateMismatch = 215,
    /// The key belongs to a key group outside the range of the keyed backend.
    KeyGroupOutOfRange = 216,
    /// A map or list was changed beside the strict scan that walks over it.
    Modified = 217,
    /// A native sum or count left the range of 64-bit integers; nothing changed.
    Overflow = 218,
    /// The store has no checkpoint of that id.
    CheckpointNotFound = 219,
    /// The deadline of a checkpoint passed before it was published.
    CheckpointExpired = 220,
    /// The engine failed in a way that has no number of its own.
    Engine = 300,
    /// A checksum or an invariant of a file does not hold.
    Corruption = 301,
    /// The file system refused.
    Io = 302,
    /// The file system is full.
    NoSpace = 303,
    /// The engine is stalled or busy. Try again later.
    Stalled = 304,
    /// The engine does not support what was asked.
    Unsupported = 305,
    /// Memory ran out.
    OutOfMemory = 306,
    /// The folder holds less than it is known to have held.
    DataLost = 307,
    /// The library panicked; the backend is poisoned, the process and other backends go on.
    Panic = 400,
}

/// The name of a status, such as `NOT_FOUND`.
///
/// Parameters: `status` is any number. Returns: static, terminated text; `UNKNOWN` for a number that is no status.
/// Threads: any.
#[no_mangle]
pub extern "C" fn fsb_status_name(status: i32) -> *const c_char {
    super::guard::infallible("fsb_status_name", c"UNKNOWN".as_ptr(), || name(status).as_ptr())
}

fn name(status: i32) -> &'static CStr {
    NAMES.iter().find(|(known, _)| *known as i32 == status).map_or(c"UNKNOWN", |(_, name)| name)
}

const NAMES: &[(fsb_status, &CStr)] = &[
    (fsb_status::Ok, c"OK"),
    (fsb_status::NotFound, c"NOT_FOUND"),
    (fsb_status::BufferTooSmall, c"BUFFER_TOO_SMALL"),
    (fsb_status::TimedOut, c"TIMED_OUT"),
    (fsb_status::Cancelled, c"CANCELLED"),
    (fsb_status::InvalidArgument, c"INVALID_ARGUMENT"),
    (fsb_status::InvalidHandle, c"INVALID_HANDLE"),
    (fsb_status::InUse, c"IN_USE"),
    (fsb_status::Closed, c"CLOSED"),
    (fsb_status::Poisoned, c"POISONED"),
    (fsb_status::InvalidOption, c"INVALID_OPTION"),
    (fsb_status::ColumnFamilyNotFound, c"COLUMN_FAMILY_NOT_FOUND"),
    (fsb_status::ColumnFamilyExists, c"COLUMN_FAMILY_EXISTS"),
    (fsb_status::ColumnFamilyDropped, c"COLUMN_FAMILY_DROPPED"),
    (fsb_status::FolderInUse, c"FOLDER_IN_USE"),
    (fsb_status::FolderUnusable, c"FOLDER_UNUSABLE"),
    (fsb_status::LimitExceeded, c"LIMIT_EXCEEDED"),
    (fsb_status::Forked, c"FORKED"),
    (fsb_status::NoCurrentKey, c"NO_CURRENT_KEY"),
    (fsb_status::StateNotFound, c"STATE_NOT_FOUND"),
    (fsb_status::StateMismatch, c"STATE_MISMATCH"),
    (fsb_status::KeyGroupOutOfRange, c"KEY_GROUP_OUT_OF_RANGE"),
    (fsb_status::Modified, c"MODIFIED"),
    (fsb_status::Overflow, c"OVERFLOW"),
    (fsb_status::CheckpointNotFound, c"CHECKPOINT_NOT_FOUND"),
    (fsb_status::CheckpointExpired, c"CHECKPOINT_EXPIRED"),
    (fsb_status::Engine, c"ENGINE"),
    (fsb_status::Corruption, c"CORRUPTION"),
    (fsb_status::Io, c"IO"),
    (fsb_status::NoSpace, c"NO_SPACE"),
    (fsb_status::Stalled, c"STALLED"),
    (fsb_status::Unsupported, c"UNSUPPORTED"),
    (fsb_status::OutOfMemory, c"OUT_OF_MEMORY"),
    (fsb_status::DataLost, c"DATA_LOST"),
    (fsb_status::Panic, c"PANIC"),
];

impl From<&Error> for fsb_status {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidOption(_) => Self::InvalidOption,
            Error::InvalidArgument(_) => Self::InvalidArgument,
            Error::LimitExceeded { .. } => Self::LimitExceeded,
            Error::ColumnFamilyNotFound(_) => Self::ColumnFamilyNotFound,
            Error::ColumnFamilyExists(_) => Self::ColumnFamilyExists,
            Error::ColumnFamilyDropped(_) => Self::ColumnFamilyDropped,
            Error::FolderInUse { .. } => Self::FolderInUse,
            Error::FolderUnusable { .. } => Self::FolderUnusable,
            Error::DataLost { .. } => Self::DataLost,
            Error::Forked => Self::Forked,
            Error::File { source, .. } | Error::CheckpointFailed { source, .. } => Self::of_io(source.kind()),
            Error::CheckpointNotFound { .. } => Self::CheckpointNotFound,
            Error::CheckpointDamaged { .. } | Error::SavepointDamaged { .. } => Self::Corruption,
            Error::CheckpointCancelled(_) | Error::SavepointCancelled => Self::Cancelled,
            Error::CheckpointTimedOut { .. } => Self::CheckpointExpired,
            Error::CheckpointEnded(error) => Self::from(&**error),
            Error::StillInUse(_) => Self::InUse,
            Error::NoCurrentKey => Self::NoCurrentKey,
            Error::StateNotFound(_) => Self::StateNotFound,
            Error::StateMismatch(_) => Self::StateMismatch,
            Error::KeyGroupOutOfRange { .. } => Self::KeyGroupOutOfRange,
            Error::Modified(_) => Self::Modified,
            Error::Overflow(_) => Self::Overflow,
            Error::CreditsClosed(_) => Self::Closed,
            Error::Damaged(_) => Self::Corruption,
            Error::Engine { status, .. } => status.kind().into(),
        }
    }
}

impl fsb_status {
    fn of_io(kind: std::io::ErrorKind) -> Self {
        match kind {
            std::io::ErrorKind::StorageFull => Self::NoSpace,
            _ => Self::Io,
        }
    }
}

impl From<EngineFailure> for fsb_status {
    fn from(failure: EngineFailure) -> Self {
        match failure {
            EngineFailure::Corruption => Self::Corruption,
            EngineFailure::Io => Self::Io,
            EngineFailure::NoSpace => Self::NoSpace,
            EngineFailure::Stalled => Self::Stalled,
            EngineFailure::Unsupported => Self::Unsupported,
            EngineFailure::InvalidArgument => Self::InvalidArgument,
            EngineFailure::ColumnFamilyDropped => Self::ColumnFamilyDropped,
            EngineFailure::OutOfMemory => Self::OutOfMemory,
            EngineFailure::Other => Self::Engine,
        }
    }
}
