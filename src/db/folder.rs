//! The state folder before the engine sees it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Makes the folder usable and returns its canonical path.
///
/// # Errors
/// [`Error::FolderUnusable`] when it is a file, is missing and may not be created, or cannot be created.
pub(super) fn prepare(folder: &Path, create_if_missing: bool) -> Result<PathBuf> {
    let unusable = |reason: String| Error::FolderUnusable { folder: folder.to_path_buf(), reason };
    match fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => return Err(unusable("it is a file, not a folder".to_owned())),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound && create_if_missing => {
            create(folder).map_err(|error| unusable(format!("it cannot be created: {error}")))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(unusable("it does not exist and 'create_if_missing' is false".to_owned()));
        }
        Err(error) => return Err(unusable(error.to_string())),
    }
    let path = fs::canonicalize(folder).map_err(|error| unusable(error.to_string()))?;
    if !create_if_missing && !holds_state(&path) {
        return Err(unusable("it holds no state and 'create_if_missing' is false".to_owned()));
    }
    check_writable(&path).map_err(|error| unusable(format!("it is not writable: {error}")))?;
    Ok(path)
}

/// Makes and removes a file: permission bits alone tell neither a read-only file system nor who may ignore them.
fn check_writable(folder: &Path) -> io::Result<()> {
    let probe = folder.join("FSB_PROBE");
    match fs::File::create(&probe) {
        Ok(_) => match fs::remove_file(&probe) {
            // Another opener removed it; the lock decides between the two.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        },
        // Room for a file may come back; the engine says what it cannot write.
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether an engine has ever been created here.
pub(super) fn holds_state(folder: &Path) -> bool {
    folder.join("CURRENT").exists()
}

/// The path as the engine takes it.
pub(super) fn as_text(folder: &Path) -> Result<&str> {
    folder.to_str().ok_or_else(|| Error::FolderUnusable {
        folder: folder.to_path_buf(),
        reason: "its path is not UTF-8".to_owned(),
    })
}

/// Creates the folder, readable by its owner only.
pub(crate) fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
