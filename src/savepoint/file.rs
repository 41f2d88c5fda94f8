//! Savepoints in files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::options::{ExportOptions, ImportOptions};
use super::progress::SavepointProgress;
use super::reader::{read_all, SavepointSummary, PIECE_BYTES};
use crate::backend::Backend;
use crate::error::{Error, Result};

impl Backend {
    /// Exports into a new file: it is written under another name beside, synced, and has its own name when all of it is there.
    ///
    /// # Errors
    /// [`Error::File`], also when there is a file of that name; as [`Backend::export_savepoint`] and its reads. There is no new file then.
    pub fn export_savepoint_to(
        &self, path: &Path, options: &ExportOptions, progress: &SavepointProgress,
    ) -> Result<()> {
        let failed = |source| Error::File { path: path.to_path_buf(), doing: "write savepoint", source };
        if fs::symlink_metadata(path).is_ok() {
            return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of that name already")));
        }
        let unfinished = Unfinished::beside(path);
        let mut file = unfinished.create().map_err(failed)?;
        let mut export = self.export_savepoint(options)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let entries = export.progress().entries();
            let count = export.read(&mut piece)?;
            if count == 0 {
                break;
            }
            file.write_all(&piece[..count]).map_err(failed)?;
            progress.count(export.progress().entries() - entries, count as u64);
            progress.check()?;
        }
        file.sync_all().map_err(failed)?;
        // Unlike a rename, a link never takes the place of a file.
        fs::hard_link(&unfinished.0, path).map_err(failed)?;
        sync_folder_of(path).map_err(failed)
    }

    /// Imports a file of which every byte was verified before.
    ///
    /// # Errors
    /// [`Error::File`]; as [`verify`](super::verify); as [`SavepointImport::write`](super::SavepointImport::write).
    pub fn import_savepoint_from(
        &self, path: &Path, options: &ImportOptions, progress: &SavepointProgress,
    ) -> Result<SavepointSummary> {
        let failed = |source| Error::File { path: path.to_path_buf(), doing: "read savepoint", source };
        let mut file = File::open(path).map_err(failed)?;
        let name = path.display().to_string();
        read_all(&name, &mut file, &mut || progress.check())?;
        file.rewind().map_err(failed)?;
        let mut import = self.import_savepoint(&ImportOptions { name, ..options.clone() })?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            progress.check()?;
            let count = file.read(&mut piece).map_err(failed)?;
            if count == 0 {
                return import.finish();
            }
            let entries = import.progress().entries();
            import.write(&piece[..count])?;
            progress.count(import.progress().entries() - entries, count as u64);
        }
    }
}

/// A file that is not whole yet. Removed when dropped.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self(path.with_file_name(format!(".unfinished-{}-{name}", std::process::id())))
    }

    fn create(&self) -> io::Result<File> {
        OpenOptions::new().write(true).create(true).truncate(true).open(&self.0)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What cannot be removed is written over by the next export to the name from a process of the same number.
        fs::remove_file(&self.0).unwrap_or_default();
    }
}

#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder_of(_path: &Path) -> io::Result<()> {
    Ok(())
}
