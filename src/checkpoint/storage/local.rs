//! [`LocalStorage`]: a folder of a file system.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Storage, Stored, Watch};
use crate::db::{create_folder, FolderLock};
use crate::error::Result;

const CHUNK_BYTES: usize = 1 << 20;
/// Begins the names of files that are not whole yet.
const UNFINISHED: &str = ".unfinished-";

/// A folder, made when it is first written to. Immutable files are hard links where the file system allows it, and copies elsewhere.
pub struct LocalStorage {
    folder: PathBuf,
    text: String,
}

impl LocalStorage {
    /// The storage in a folder, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        // One name for one folder, by which a data folder knows again where it came from.
        let folder = fs::canonicalize(&folder).or_else(|_| std::path::absolute(&folder)).unwrap_or(folder);
        let text = folder.display().to_string();
        Self { folder, text }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// A name beside `path` that no reader looks at.
    fn unfinished(&self, path: &Path) -> io::Result<PathBuf> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let folder = path.parent().expect("paths are below the root");
        create_folder(folder)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{UNFINISHED}{}-{number}", std::process::id()));
        // That of a process that was killed and had the same number, as processes in containers have.
        absent_is_fine(fs::remove_file(&path))?;
        Ok(path)
    }

    /// Makes a file under another name with `make`, then moves it to its place.
    fn finish(&self, path: &str, make: impl FnOnce(&Path) -> io::Result<()>, place: Place) -> io::Result<()> {
        let target = self.at(path);
        let unfinished = self.unfinished(&target)?;
        let made = make(&unfinished).and_then(|()| match place {
            Place::Replace => fs::rename(&unfinished, &target),
            Place::IfAbsent => fs::hard_link(&unfinished, &target),
        });
        // Gone when it was moved; a rename of a link to the very same file leaves both.
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => made.and(Err(error)),
            _ => made,
        }
    }
}

#[derive(Clone, Copy)]
enum Place {
    Replace,
    IfAbsent,
}

impl Storage for LocalStorage {
    fn root(&self) -> &str {
        &self.text
    }

    fn lock(&self) -> Result<Option<Box<dyn Send + Sync>>> {
        Ok(Some(Box::new(FolderLock::of_checkpoints(&self.folder)?)))
    }

    fn open(&self, path: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        match open_regular(&self.at(path)) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn put(&self, path: &str, content: &[u8]) -> io::Result<()> {
        self.finish(path, |unfinished| write_synced(unfinished, content), Place::Replace)
    }

    fn put_new(&self, path: &str, content: &[u8]) -> io::Result<()> {
        self.finish(path, |unfinished| write_synced(unfinished, content), Place::IfAbsent)
    }

    fn upload(&self, source: &Path, path: &str, watch: &dyn Watch) -> io::Result<()> {
        self.finish(
            path,
            |unfinished| link_or_copy(source, unfinished, watch).and_then(|()| read_only(unfinished)),
            Place::Replace,
        )
    }

    fn download(&self, path: &str, target: &Path, immutable: bool, watch: &dyn Watch) -> io::Result<()> {
        let source = self.at(path);
        // IMPORTANT: not through a symbolic link, which may lead to files of somebody else.
        let mut file = open_regular(&source)?;
        if immutable {
            link_or_copy(&source, target, watch)
        } else {
            copy(&mut file, target, watch)
        }
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Stored>> {
        let mut files = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(self.at(&folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name();
                let Some(name) = name.to_str() else { continue };
                let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                // Of a symbolic link, the link itself.
                let metadata = match entry.metadata() {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    metadata => metadata?,
                };
                if metadata.is_dir() {
                    folders.push(path);
                } else {
                    files.push(Stored { path, size: metadata.len() });
                }
            }
        }
        Ok(files)
    }

    fn delete(&self, path: &str) -> io::Result<()> {
        absent_is_fine(fs::remove_file(self.at(path)))
    }

    fn delete_folder(&self, folder: &str) -> io::Result<()> {
        match fs::remove_dir(self.at(folder)) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            removed => absent_is_fine(removed),
        }
    }

    fn sync(&self, folder: &str) -> io::Result<()> {
        // The folder above holds the name of this one.
        for folder in [self.at(folder), self.folder.clone()] {
            absent_is_fine(File::open(folder).and_then(|folder| folder.sync_all()))?;
        }
        Ok(())
    }
}

fn absent_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Opens a file that is one: not a folder, a pipe, or a symbolic link to anything.
fn open_regular(path: &Path) -> io::Result<File> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "is not a regular file"));
    }
    File::open(path)
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The same bytes under another name when both are on one file system; copied and synced otherwise.
fn link_or_copy(source: &Path, target: &Path, watch: &dyn Watch) -> io::Result<()> {
    let size = fs::metadata(source)?.len();
    if fs::hard_link(source, target).is_ok() {
        return watch.moved(size);
    }
    copy(&mut open_regular(source)?, target, watch)
}

/// Copies what is left of a file into a new one, and syncs it.
pub(super) fn copy(source: &mut impl Read, target: &Path, watch: &dyn Watch) -> io::Result<()> {
    let mut file = create(target)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match source.read(&mut chunk)? {
            0 => return file.sync_all(),
            count => {
                file.write_all(&chunk[..count])?;
                watch.moved(count as u64)?;
            }
        }
    }
}

/// An immutable file that is also one of an open engine is never written by it again.
fn read_only(path: &Path) -> io::Result<()> {
    let mut permissions = fs::metadata(path)?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions)
}
