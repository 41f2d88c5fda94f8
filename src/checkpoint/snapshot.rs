//! The part of a checkpoint that writers wait for: flush, and links to every file that holds what was written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::metadata::{kind_of, FileKind, Metadata};
use crate::backend::Backend;
use crate::db::create_folder;
use crate::db::engine::{self, LiveFile};
use crate::error::{Error, Result};

/// Folder of the links, within the data folder: on the same file system, and removed with it.
pub(crate) const STAGING_FOLDER: &str = "FSB_CHECKPOINTS";

/// A file that waits to be stored.
#[derive(Debug, Clone)]
pub(super) struct StagedFile {
    pub(super) name: String,
    pub(super) size: u64,
    /// Written once, and shared by checkpoints.
    pub(super) is_immutable: bool,
}

/// The files of the data folder as they were at one moment. Removed when dropped.
pub(super) struct Staged {
    folder: PathBuf,
    pub(super) files: Vec<StagedFile>,
    /// Complete but for files and bytes.
    pub(super) metadata: Metadata,
}

impl Staged {
    /// Drains the row caches, flushes all families as one, and links every file. Returns when writers may go on.
    pub(super) fn take(backend: &Backend, id: u64) -> Result<Self> {
        let database = backend.database();
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let engine = engine::version().to_string_lossy().into_owned();
        let mut metadata = Metadata::new(id, u64::try_from(created).unwrap_or(u64::MAX), engine);
        let folder = database.folder().join(STAGING_FOLDER).join(super::metadata::folder_of(id));
        let failed = |source| Error::File { path: folder.clone(), doing: "make", source };
        remove_folder(&folder).and_then(|()| create_folder(&folder)).map_err(failed)?;
        let mut staged = Self { folder: folder.clone(), files: Vec::new(), metadata: metadata.clone() };
        backend.drain()?;
        let held = database.hold_files()?;
        let live = database.flush_and_list(&held)?;
        // After the flush, which has the registry's rows of that moment.
        backend.describe(&mut metadata)?;
        staged.metadata = metadata;
        for file in &live {
            staged.stage(database.folder(), file)?;
        }
        Ok(staged)
    }

    fn stage(&mut self, data_folder: &Path, file: &LiveFile) -> Result<()> {
        let (source, target) = (data_folder.join(&file.name), self.path(&file.name));
        let kind = kind_of(&file.name);
        let kept = match (kind, &file.content) {
            (None, _) => Err(io::Error::other("a checkpoint has no such file")),
            (Some(_), Some(content)) => create(&target).and_then(|mut file| file.write_all(content)),
            (Some(FileKind::Immutable), None) => fs::hard_link(&source, &target)
                .or_else(|_| copy(&source, &target, file.size).and_then(|()| sync(&target))),
            (Some(FileKind::Private), None) => copy(&source, &target, file.size),
        };
        kept.map_err(|error| Error::File { path: source, doing: "keep for a checkpoint", source: error })?;
        self.files.push(StagedFile {
            name: file.name.clone(),
            size: file.size,
            is_immutable: kind == Some(FileKind::Immutable),
        });
        Ok(())
    }

    /// Makes the content of a file survive a loss of power; the engine has seen to that for those that it does not write to any more.
    pub(super) fn sync(&self, file: &StagedFile) -> io::Result<()> {
        if file.is_immutable {
            return Ok(());
        }
        sync(&self.path(&file.name))
    }

    /// Where the file of that name waits.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // What cannot be removed is when the folder is opened the next time.
        remove_folder(&self.folder).unwrap_or_default();
    }
}

/// Removes what checkpoints that were interrupted have left in a data folder.
pub(crate) fn remove_leftovers(data_folder: &Path) -> io::Result<()> {
    remove_folder(&data_folder.join(STAGING_FOLDER))
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Copies the first `size` bytes; the engine goes on appending to the file.
fn copy(source: &Path, target: &Path, size: u64) -> io::Result<()> {
    // IMPORTANT: not by the system's copy from file to file, which waits until the source is on its device: 3 ms of 10.
    let head: &mut dyn io::Read = &mut File::open(source)?.take(size);
    let copied = io::copy(head, &mut create(target)?)?;
    if copied < size {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("it is {} bytes short", size - copied)));
    }
    Ok(())
}

fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Not synced: writers wait for what is done here.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
