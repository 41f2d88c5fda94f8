//! [`Storage`]: where checkpoints are kept.

use std::io::{self, Read};
use std::path::Path;

pub mod local;
#[cfg(feature = "object-stores")]
pub mod object;
pub mod root;

/// A file of a storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Path below the root, with `/` between names.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
}

/// What a step that moves many bytes reports to, and is stopped by.
pub trait Watch: Sync {
    /// Told now and then that `bytes` more were moved.
    ///
    /// # Errors
    /// Whatever the step is to end with.
    fn moved(&self, bytes: u64) -> io::Result<()>;
}

/// Files by path below one root, whole and immutable once they can be read. Paths have `/` between names and were checked by the caller.
///
/// Usable from any thread at once. What a call has written survives a loss of power once [`Storage::sync`] of its folder has returned.
pub trait Storage: Send + Sync {
    /// Where the root is, for people: without credentials.
    fn root(&self) -> &str;

    /// Keeps other processes from writing below the root until the result is dropped; `None` where that cannot be had.
    ///
    /// # Errors
    /// When another owner has it, naming it.
    fn lock(&self) -> crate::Result<Option<Box<dyn Send + Sync>>>;

    /// Opens a file for reading from its start; `None` when there is none.
    ///
    /// # Errors
    /// The storage's own.
    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + Send>>>;

    /// Writes a small file; readers find the old one or the new one.
    ///
    /// # Errors
    /// The storage's own.
    fn put(&self, path: &str, content: &[u8]) -> io::Result<()>;

    /// As [`Storage::put`], but only when there is no such file. One that finds exactly its content there may have put it itself, and may
    /// succeed.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`]; the storage's own.
    fn put_new(&self, path: &str, content: &[u8]) -> io::Result<()>;

    /// Stores a local file whose content is synced, replacing what is there; readers find a whole file.
    ///
    /// # Errors
    /// The storage's own, or what `watch` answers.
    fn upload(&self, source: &Path, path: &str, watch: &dyn Watch) -> io::Result<()>;

    /// Brings a file into a local folder that no one else looks at. An `immutable` one may share its bytes with the stored one.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`]; the storage's own, or what `watch` answers.
    fn download(&self, path: &str, target: &Path, immutable: bool, watch: &dyn Watch) -> io::Result<()>;

    /// Every file below a folder, in no particular order.
    ///
    /// # Errors
    /// The storage's own.
    fn list(&self, folder: &str) -> io::Result<Vec<Stored>>;

    /// Removes a file; no error when there is none.
    ///
    /// # Errors
    /// The storage's own.
    fn delete(&self, path: &str) -> io::Result<()>;

    /// Removes a folder if it is empty, where the storage has folders at all; no error when it is not, or when there is none.
    ///
    /// # Errors
    /// The storage's own.
    fn delete_folder(&self, folder: &str) -> io::Result<()>;

    /// Makes what was written into a folder survive a loss of power; no error when there is no such folder.
    ///
    /// # Errors
    /// The storage's own.
    fn sync(&self, folder: &str) -> io::Result<()>;
}
