//! Restore: a data folder with what a checkpoint holds.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::digest;
use super::metadata::{FileEntry, Metadata};
use super::parallel;
use super::store::{CheckpointStore, Unwatched};
use crate::backend::Backend;
use crate::db::resources::Resources;
use crate::error::{Error, Result};
use crate::options::Options;

/// What in a data folder tells where it came from.
const ORIGIN_FILE: &str = "FSB_ORIGIN";

/// Whose the restored checkpoint is from then on. Flink's `RestoreMode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimMode {
    /// The backend's own: the next checkpoint lists its files again, and it is discarded when newer ones take its place.
    Claim,
    /// Still somebody else's: never removed, and the next checkpoint stores everything itself.
    #[default]
    NoClaim,
    /// Flink's old way: never removed, and the next checkpoint lists its files again.
    Legacy,
}

impl ClaimMode {
    /// Whether the checkpoint may be discarded.
    pub(super) fn owns(self) -> bool {
        self == ClaimMode::Claim
    }
}

/// Which checkpoint to restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// The one with the greatest id. Refused when that one is damaged: an older state is restored only when it is asked for.
    #[default]
    Newest,
    /// The newest one, or an empty state where there is none.
    NewestOrEmpty,
    /// The one of this id.
    Id(u64),
}

/// A checkpoint to restore from.
#[derive(Clone)]
pub struct Source {
    /// Where it is.
    pub store: Arc<CheckpointStore>,
    /// Which one there.
    pub which: Which,
}

impl Source {
    /// The newest checkpoint of a store.
    pub fn newest(store: &Arc<CheckpointStore>) -> Self {
        Self { store: Arc::clone(store), which: Which::Newest }
    }

    /// The newest checkpoint of a store; none as long as there is none, which restores an empty state.
    pub fn newest_or_empty(store: &Arc<CheckpointStore>) -> Self {
        Self { store: Arc::clone(store), which: Which::NewestOrEmpty }
    }

    /// The checkpoint of that id.
    pub fn of(store: &Arc<CheckpointStore>, id: u64) -> Self {
        Self { store: Arc::clone(store), which: Which::Id(id) }
    }

    pub(super) fn metadata(&self) -> Result<Metadata> {
        match self.which {
            Which::Id(id) => self.store.metadata(id),
            Which::Newest | Which::NewestOrEmpty => self.store.metadata(self.store.newest()?),
        }
    }

    /// As [`Source::metadata`]; none where an empty state is wanted instead.
    fn metadata_or_empty(&self) -> Result<Option<Metadata>> {
        let may_be_empty = self.which == Which::NewestOrEmpty && self.store.ids()?.is_empty();
        if may_be_empty {
            return Ok(None);
        }
        self.metadata().map(Some)
    }
}

/// A checkpoint that the contents of a data folder came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OriginCheckpoint {
    pub(crate) root: String,
    pub(crate) id: u64,
}

/// Where the contents of a data folder came from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OriginRecord {
    pub(crate) checkpoints: Vec<OriginCheckpoint>,
    pub(crate) mode: ClaimMode,
    /// The immutable files, whose content need not be read to be known.
    pub(super) files: Vec<FileEntry>,
}

/// The record with a digest of itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    origin: OriginRecord,
    digest: String,
}

/// Where the contents came from, with the stores while the process that restored them lives.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) record: OriginRecord,
    pub(super) stores: Vec<Arc<CheckpointStore>>,
}

impl Backend {
    /// Opens a folder with what a checkpoint holds, verified byte for byte, in the place of what the folder holds now. That comes back when
    /// anything fails, also when the process is killed: a restore is done when this returns.
    ///
    /// Files are hard links where folder and store are on one file system. With [`Which::NewestOrEmpty`] and no checkpoint the folder is empty
    /// afterwards: what a job wrote before its first checkpoint goes, as what it wrote after a later one does.
    ///
    /// # Errors
    /// [`Error::CheckpointNotFound`]; [`Error::CheckpointDamaged`] names the file; [`Error::File`]; as [`Backend::open`].
    pub fn restore(
        options: Options, resources: Option<Arc<Resources>>, source: &Source, mode: ClaimMode,
    ) -> Result<Self> {
        let store = &source.store;
        let Some(metadata) = source.metadata_or_empty()? else {
            return Self::open_with(options, resources, Some(&|_: &Path| Ok(())));
        };
        let contents = |folder: &Path| {
            store.bring(&metadata, folder)?;
            let origin = OriginCheckpoint { root: store.root().to_owned(), id: metadata.id };
            write_origin(
                folder,
                vec![origin],
                mode,
                metadata.files.iter().filter(|file| file.shared).cloned().collect(),
            )
        };
        let backend = Self::open_with(options, resources, Some(&contents))?;
        backend.coordinator().adopt(vec![Arc::clone(store)]);
        Ok(backend)
    }
}

impl CheckpointStore {
    /// Id of the newest checkpoint.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is none; [`Error::File`].
    pub fn newest(&self) -> Result<u64> {
        self.ids()?.last().copied().ok_or_else(|| {
            Error::InvalidArgument(format!(
                "there is no checkpoint in '{}' to restore; check the folder, or open an empty state instead",
                self.root()
            ))
        })
    }

    /// Brings the files of a checkpoint into a folder and verifies them there.
    pub(super) fn bring(&self, metadata: &Metadata, folder: &Path) -> Result<()> {
        parallel::for_each(self.options().transfer_threads, &metadata.files, |file| {
            self.bring_file(metadata.id, file, folder)
        })
    }

    fn bring_file(&self, id: u64, file: &FileEntry, folder: &Path) -> Result<()> {
        let (path, target) = (file.path(id), folder.join(&file.name));
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => self.damaged(&path, "is missing"),
            io::ErrorKind::InvalidData => self.damaged(&path, &source.to_string()),
            _ => self.failed("restore", &path, source),
        };
        self.storage().download(&path, &target, file.shared, &Unwatched).map_err(failed)?;
        let mut brought = File::open(&target).map_err(failed)?;
        let (found, length) = digest::of_reader(&mut brought, &Unwatched).map_err(failed)?;
        self.check_content(&path, file, &found, length)
    }
}

/// Notes in a data folder that is being made where its contents came from.
pub(super) fn write_origin(
    folder: &Path, checkpoints: Vec<OriginCheckpoint>, mode: ClaimMode, files: Vec<FileEntry>,
) -> Result<()> {
    let origin = OriginRecord { checkpoints, mode, files };
    let digest = digest::of(&serde_json::to_vec(&origin).expect("an origin is plain data"));
    let text = serde_json::to_vec(&Envelope { origin, digest }).expect("an origin is plain data");
    let path = folder.join(ORIGIN_FILE);
    let written = fs::write(&path, text).and_then(|()| File::open(&path)?.sync_all());
    written.map_err(|source| Error::File { path, doing: "write", source })
}

/// Where the contents of a data folder came from; none when they were not restored.
///
/// # Errors
/// [`Error::Damaged`]; [`Error::File`].
pub(crate) fn read_origin(folder: &Path) -> Result<Option<Origin>> {
    let path = folder.join(ORIGIN_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::File { path, doing: "read", source }),
    };
    let read = serde_json::from_slice::<Envelope>(&text).ok();
    let whole = read.filter(|it| digest::of(&serde_json::to_vec(&it.origin).expect("plain data")) == it.digest);
    match whole {
        Some(Envelope { origin, .. }) => Ok(Some(Origin { record: origin, stores: Vec::new() })),
        None => Err(Error::Damaged(format!("'{}' is damaged; restore the state from a checkpoint", path.display()))),
    }
}
