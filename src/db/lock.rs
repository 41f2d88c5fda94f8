//! One owner for each state folder.
//!
//! RocksDB's own LOCK is a POSIX record lock: it does not see a second open through another path in the same process, and is
//! lost when anything in the process closes that file. Ours belongs to the open file description (`flock`), and a registry by
//! device and inode names the owner when it is this process.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};

const LOCK_FILE: &str = "FSB_LOCK";

/// Folders open in this process, by device and inode.
static OPEN_FOLDERS: Mutex<Option<HashSet<FolderId>>> = Mutex::new(None);

type FolderId = (u64, u64);

/// Ownership of a folder, given up when dropped.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: File,
    id: FolderId,
}

impl FolderLock {
    /// Takes a folder of checkpoints, which is made when it is missing.
    ///
    /// # Errors
    /// [`Error::StillInUse`] names who has it; [`Error::File`].
    pub(crate) fn of_checkpoints(folder: &Path) -> Result<Self> {
        let unusable = |source| Error::File { path: folder.to_path_buf(), doing: "use for checkpoints", source };
        super::folder::create(folder).map_err(unusable)?;
        match Self::acquire(folder) {
            Err(Error::FolderInUse { holder, .. }) => Err(Error::StillInUse(format!(
                "checkpoint folder '{}' is in use by {holder}; give each backend a folder of its own",
                folder.display()
            ))),
            Err(Error::FolderUnusable { reason, .. }) => Err(unusable(io::Error::other(reason))),
            other => other,
        }
    }

    /// Takes the folder, or says who has it.
    pub(super) fn acquire(folder: &Path) -> Result<Self> {
        let open = |path: &Path| OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut lock = Self::take(folder, open, File::try_lock)?;
        // Only tells others whom to look for: a full disk is no reason to refuse the folder.
        let file = &mut lock.file;
        let _ = file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
        Ok(lock)
    }

    /// Keeps owners away from a folder that is looked at, without a trace; none when it has never had one.
    #[cfg(feature = "inspect")]
    pub(super) fn keep_owners_away(folder: &Path) -> Result<Option<Self>> {
        if !folder.join(LOCK_FILE).exists() {
            return Ok(None);
        }
        Self::take(folder, |path| File::open(path), File::try_lock_shared).map(Some)
    }

    fn take(
        folder: &Path, open: impl FnOnce(&Path) -> io::Result<File>,
        lock: impl FnOnce(&File) -> std::result::Result<(), TryLockError>,
    ) -> Result<Self> {
        let unusable = |reason: String| Error::FolderUnusable { folder: folder.to_path_buf(), reason };
        let id = folder_id(folder).map_err(|error| unusable(error.to_string()))?;
        let mut open_folders = registry();
        let open_folders = open_folders.get_or_insert_with(HashSet::new);
        if open_folders.contains(&id) {
            return Err(in_use(folder, "this process".to_owned()));
        }
        let mut file =
            open(&folder.join(LOCK_FILE)).map_err(|error| unusable(format!("cannot open {LOCK_FILE}: {error}")))?;
        match lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(folder, holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(unusable(format!("cannot lock {LOCK_FILE}: {error}"))),
        }
        open_folders.insert(id);
        Ok(Self { file, id })
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Explicitly, because a forked child may still hold the same open file description.
        let _ = self.file.unlock();
        if let Some(open_folders) = registry().as_mut() {
            open_folders.remove(&self.id);
        }
    }
}

fn registry() -> MutexGuard<'static, Option<HashSet<FolderId>>> {
    OPEN_FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn in_use(folder: &Path, holder: String) -> Error {
    Error::FolderInUse { folder: PathBuf::from(folder), holder }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(process)) => format!("process {process}"),
        _ => "another process".to_owned(),
    }
}

#[cfg(unix)]
fn folder_id(folder: &Path) -> std::io::Result<FolderId> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(folder)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn folder_id(folder: &Path) -> std::io::Result<FolderId> {
    use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
    let path = fs::canonicalize(folder)?;
    Ok((0, BuildHasherDefault::<DefaultHasher>::default().hash_one(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let first = FolderLock::acquire(folder.path()).expect("free");
        let text = FolderLock::acquire(folder.path()).expect_err("taken").to_string();
        assert!(text.contains("this process"), "{text}");
        drop(first);
        FolderLock::acquire(folder.path()).expect("free again");
    }

    #[cfg(unix)]
    #[test]
    fn another_path_to_the_same_folder_is_the_same_folder() {
        let parent = tempfile::tempdir().expect("temporary folder");
        let (folder, link) = (parent.path().join("state"), parent.path().join("link"));
        fs::create_dir(&folder).expect("created");
        std::os::unix::fs::symlink(&folder, &link).expect("linked");
        let _first = FolderLock::acquire(&folder).expect("free");
        FolderLock::acquire(&link).expect_err("taken");
    }

    #[test]
    fn closing_another_descriptor_of_the_lock_file_keeps_the_lock() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let _first = FolderLock::acquire(folder.path()).expect("free");
        let other = File::open(folder.path().join(LOCK_FILE)).expect("readable");
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
        drop(other);
        let again = File::open(folder.path().join(LOCK_FILE)).expect("readable");
        assert!(matches!(again.try_lock(), Err(TryLockError::WouldBlock)));
    }
}
