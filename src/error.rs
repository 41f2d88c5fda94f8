//! [`Error`], and the only place that knows RocksDB's status codes.

use std::ffi::CStr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::db::engine::EngineStatus;
use crate::key::key_group::KeyGroupRange;

/// What every fallible function of the crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// The sentence of [`Error::Forked`], which must be had without memory and locks.
pub(crate) const FORKED: &CStr =
    c"this process was forked after its parent had opened a backend, and the engine's threads stayed there; start a new program instead";

/// Why a call failed. Each message is one sentence that names the file, column family or option at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option is unknown, of the wrong type or outside its range.
    #[error("{0}")]
    InvalidOption(String),
    /// An argument cannot be used as given.
    #[error("{0}")]
    InvalidArgument(String),
    /// A key, value, batch or name is larger than the documented limit.
    #[error("{what} has {actual} {unit}, more than the {limit} allowed")]
    LimitExceeded {
        /// What is too large.
        what: String,
        /// Its size.
        actual: usize,
        /// The largest size allowed.
        limit: usize,
        /// What both sizes count.
        unit: &'static str,
    },
    /// The backend has no column family of that name.
    #[error("column family '{0}' does not exist; create it first or name it in `column_families`")]
    ColumnFamilyNotFound(String),
    /// The backend has a column family of that name already.
    #[error("column family '{0}' exists already")]
    ColumnFamilyExists(String),
    /// The column family was dropped after this handle to it was taken.
    #[error("column family '{0}' was dropped")]
    ColumnFamilyDropped(String),
    /// Another owner has the data folder open.
    #[error("data folder '{}' is in use by {holder}; close it there first", folder.display())]
    FolderInUse {
        /// The folder asked for.
        folder: PathBuf,
        /// Who has it, as far as known.
        holder: String,
    },
    /// The data folder cannot be used: missing, a file, not readable, not writable.
    #[error("data folder '{}' cannot be used: {reason}", folder.display())]
    FolderUnusable {
        /// The folder asked for.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder holds less than it had: serving it would lose acknowledged data in silence.
    #[error("data folder '{}' has lost data: {reason}; restore it from a checkpoint", folder.display())]
    DataLost {
        /// The folder asked for.
        folder: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// This process was forked from one that had opened a backend: the engine's threads do not exist in it.
    #[error("{}", FORKED.to_string_lossy())]
    Forked,
    /// A file of our own beside the engine's could not be read or written.
    #[error("cannot {doing} '{}': {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done to it.
        doing: &'static str,
        /// Why the operating system refused.
        source: std::io::Error,
    },
    /// Something still uses what is to be closed, or for what serves one at a time.
    #[error("{0}")]
    StillInUse(String),
    /// Keyed state was used before a key was set.
    #[error("no key is current; set the current key first")]
    NoCurrentKey,
    /// No state of that name is registered.
    #[error("state '{0}' is not registered; open it with its descriptor first")]
    StateNotFound(String),
    /// A state is registered in another way than it is used.
    #[error("{0}")]
    StateMismatch(String),
    /// A key belongs to another subtask.
    #[error("the key is of key group {key_group}, outside the range {range} of this keyed backend; send it to the subtask that has it")]
    KeyGroupOutOfRange {
        /// Its key group.
        key_group: u16,
        /// The key groups of the backend.
        range: KeyGroupRange,
    },
    /// A map or list was changed beside the strict scan that walks over it.
    #[error("state '{0}' was changed beside the scan over it; change it through the scan, or scan again")]
    Modified(String),
    /// A native sum left the range of 64-bit integers.
    #[error("the aggregate of state '{0}' leaves the range of 64-bit integers; its value stays as it was")]
    Overflow(String),
    /// A channel of a credit pool, or its pool, was closed.
    #[error("channel '{0}' of a credit pool was closed, or its pool was; open another one")]
    CreditsClosed(String),
    /// A row that the library keeps for itself does not hold together.
    #[error("{0}")]
    Damaged(String),
    /// The store has no checkpoint of that id.
    #[error("checkpoint {id} is not in '{root}'; list the checkpoints to see which are")]
    CheckpointNotFound {
        /// The id asked for.
        id: u64,
        /// Root of the store.
        root: String,
    },
    /// A file of a checkpoint is missing or not what it was.
    #[error("file '{file}' of the checkpoints in '{root}' {reason}; use another checkpoint")]
    CheckpointDamaged {
        /// Its path below the root.
        file: String,
        /// Root of the store.
        root: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint could not be made. What was there before is as it was, and the next one may succeed.
    #[error("checkpoint {id} failed to {step}: {source}")]
    CheckpointFailed {
        /// Its id.
        id: u64,
        /// What could not be done.
        step: String,
        /// Why.
        source: std::io::Error,
    },
    /// A checkpoint was cancelled before it was published.
    #[error("checkpoint {0} was cancelled")]
    CheckpointCancelled(u64),
    /// The deadline of a checkpoint passed before it was published.
    #[error("checkpoint {id} was given up at its deadline, while it was to {step}")]
    CheckpointTimedOut {
        /// Its id.
        id: u64,
        /// What it was doing.
        step: String,
    },
    /// A checkpoint had failed before it was asked about.
    #[error("{0}")]
    CheckpointEnded(Arc<Error>),
    /// A savepoint is not what it was, or none.
    #[error("{} is damaged: {place} {reason}; use another one", savepoint_named(savepoint))]
    SavepointDamaged {
        /// Its name, if it has one.
        savepoint: String,
        /// Which part of it.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An export or import of a savepoint was cancelled.
    #[error("the savepoint was cancelled")]
    SavepointCancelled,
    /// The engine, or the machine below it, failed.
    #[error("{context}: {}", status.message)]
    Engine {
        /// What was being done, naming the column family or folder.
        context: String,
        /// The engine's own account.
        status: EngineStatus,
    },
}

fn savepoint_named(name: &str) -> String {
    if name.is_empty() {
        "the savepoint".to_owned()
    } else {
        format!("savepoint '{name}'")
    }
}

impl Error {
    /// The engine's status, when the failure is the engine's.
    pub fn engine_status(&self) -> Option<&EngineStatus> {
        match self {
            Error::Engine { status, .. } => Some(status),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without a change by the caller.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Engine { status, .. } => matches!(status.kind(), EngineFailure::Stalled | EngineFailure::NoSpace),
            Error::FolderInUse { .. } => true,
            _ => false,
        }
    }
}

/// RocksDB's status codes, sorted by what a caller can do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineFailure {
    /// A checksum or an invariant of a file does not hold.
    Corruption,
    /// The file system refused.
    Io,
    /// The file system is full.
    NoSpace,
    /// The engine would have to wait: write stall, busy, try again.
    Stalled,
    /// The engine does not support what was asked.
    Unsupported,
    /// The engine refused an argument or option.
    InvalidArgument,
    /// The column family was dropped meanwhile.
    ColumnFamilyDropped,
    /// Memory ran out inside the engine.
    OutOfMemory,
    /// Any other failure.
    Other,
}

impl EngineStatus {
    /// Sorts the code: `Status::Code` and `Status::SubCode` of RocksDB's `status.h`, and 1000 for `std::bad_alloc`.
    pub fn kind(&self) -> EngineFailure {
        const NO_SPACE: i32 = 4;
        const SPACE_LIMIT: i32 = 8;
        match (self.code, self.subcode) {
            (2, _) => EngineFailure::Corruption,
            (3, _) => EngineFailure::Unsupported,
            (4, _) => EngineFailure::InvalidArgument,
            (5, NO_SPACE | SPACE_LIMIT) => EngineFailure::NoSpace,
            (5, _) => EngineFailure::Io,
            (7 | 9 | 11 | 13, _) => EngineFailure::Stalled,
            (15, _) => EngineFailure::ColumnFamilyDropped,
            (1000, _) => EngineFailure::OutOfMemory,
            _ => EngineFailure::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: i32, subcode: i32) -> EngineStatus {
        EngineStatus { code, subcode, severity: 0, message: "text".to_owned() }
    }

    #[test]
    fn a_full_disk_is_told_from_other_io_errors() {
        assert_eq!(status(5, 4).kind(), EngineFailure::NoSpace);
        assert_eq!(status(5, 0).kind(), EngineFailure::Io);
    }

    #[test]
    fn a_stalled_write_is_transient_and_a_corruption_is_not() {
        let error = |code| Error::Engine { context: "write".to_owned(), status: status(code, 0) };
        assert!(error(7).is_transient());
        assert!(!error(2).is_transient());
    }
}
