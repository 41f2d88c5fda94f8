//! [`CheckpointStore`]: the checkpoints below one root.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::digest;
use super::index::{Index, Published};
use super::metadata::{folder_of, id_of_path, metadata_path, FileEntry, Metadata, MAX_METADATA_BYTES};
use super::restore::ClaimMode;
use super::storage::{Storage, Stored, Watch};
use crate::error::{Error, Result};

/// Beside the metadata of a checkpoint that was restored and is somebody else's. Empty when no other may build upon it either.
const NOT_CLAIMED: &str = "_not_claimed";
/// In that file: others may build upon it.
const MAY_BE_BASE: &[u8] = b"legacy";

/// How a store works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreOptions {
    /// Confirmed checkpoints that are kept, the newest ones; at least 1. Default 1.
    pub num_retained: usize,
    /// Threads that read and store files of one checkpoint; 1 to 64. Default 4.
    pub transfer_threads: usize,
    /// Checkpoints of one backend that may be under way at once; 1 to 16. Default 1.
    pub max_concurrent: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { num_retained: 1, transfer_threads: 4, max_concurrent: 1 }
    }
}

impl StoreOptions {
    fn check(&self) -> Result<()> {
        let ranges = [
            ("num_retained", self.num_retained, 1, 10_000),
            ("transfer_threads", self.transfer_threads, 1, 64),
            ("max_concurrent", self.max_concurrent, 1, 16),
        ];
        match ranges.iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((name, value, least, most)) => Err(Error::InvalidOption(format!(
                "option '{name}' is {value}; allowed are integers from {least} to {most}"
            ))),
            None => Ok(()),
        }
    }
}

/// What [`CheckpointStore::list`] tells of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its id.
    pub id: u64,
    /// When it was begun, in milliseconds since 1970; all that follows is none when the metadata is damaged.
    pub created_at_millis: Option<u64>,
    /// Bytes of all its files.
    pub total_bytes: Option<u64>,
    /// Bytes that were stored for it, and not already for another checkpoint.
    pub new_bytes: Option<u64>,
    /// Number of its files.
    pub files: Option<usize>,
    /// First and last key group of its keyed state; none without any.
    pub key_groups: Option<(u32, u32)>,
    /// What is wrong with its metadata.
    pub damage: Option<String>,
}

/// What [`CheckpointStore::verify`] read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Files that are whole.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What [`CheckpointStore::collect`] removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Collected {
    /// Files that no checkpoint listed.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The checkpoints below one root. Usable from any thread at once. The first call that writes takes the root for this store alone.
pub struct CheckpointStore {
    storage: Arc<dyn Storage>,
    options: StoreOptions,
    index: Mutex<Option<Index>>,
    /// Held by whoever removes files, one after the other: a storage that does not answer then keeps nobody from storing others.
    removing: Mutex<()>,
}

impl CheckpointStore {
    /// The checkpoints in a storage.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn new(storage: Arc<dyn Storage>, options: StoreOptions) -> Result<Self> {
        options.check()?;
        Ok(Self { storage, options, index: Mutex::new(None), removing: Mutex::new(()) })
    }

    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// How it works.
    pub fn options(&self) -> &StoreOptions {
        &self.options
    }

    /// Where it is, for people.
    pub fn root(&self) -> &str {
        self.storage.root()
    }

    /// The checkpoints that exist, by id.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn list(&self) -> Result<Vec<Listed>> {
        self.ids()?.into_iter().map(|id| self.listed(id)).collect()
    }

    fn listed(&self, id: u64) -> Result<Listed> {
        let mut listed = Listed {
            id,
            created_at_millis: None,
            total_bytes: None,
            new_bytes: None,
            files: None,
            key_groups: None,
            damage: None,
        };
        match self.metadata(id) {
            Ok(metadata) => {
                listed.created_at_millis = Some(metadata.created_at_millis);
                listed.total_bytes = Some(metadata.total_bytes());
                listed.new_bytes = Some(metadata.new_bytes);
                listed.files = Some(metadata.files.len());
                listed.key_groups = metadata.keyed.as_ref().and_then(|facts| facts.key_groups);
            }
            Err(error @ Error::CheckpointDamaged { .. }) => listed.damage = Some(error.to_string()),
            Err(error) => return Err(error),
        }
        Ok(listed)
    }

    /// Ids of the checkpoints that exist, ascending.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn ids(&self) -> Result<BTreeSet<u64>> {
        let files = self.storage.list("").map_err(|source| self.failed("list", "", source))?;
        Ok(files.iter().filter_map(published_as).collect())
    }

    /// What a checkpoint consists of.
    ///
    /// # Errors
    /// [`Error::CheckpointNotFound`]; [`Error::CheckpointDamaged`]; [`Error::File`].
    pub fn metadata(&self, id: u64) -> Result<Metadata> {
        let path = metadata_path(id);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::InvalidData => self.damaged(&path, &source.to_string()),
            _ => self.failed("read", &path, source),
        };
        let file = self.storage.open(&path).map_err(failed)?;
        let Some(file) = file else {
            return Err(Error::CheckpointNotFound { id, root: self.root().to_owned() });
        };
        let mut text = Vec::new();
        file.take(MAX_METADATA_BYTES + 1).read_to_end(&mut text).map_err(failed)?;
        if text.len() as u64 > MAX_METADATA_BYTES {
            return Err(self.damaged(&path, &format!("has more than the {MAX_METADATA_BYTES} bytes allowed")));
        }
        Metadata::from_json(id, &text).map_err(|reason| self.damaged(&path, &reason))
    }

    /// Reads every file of a checkpoint and compares size and digest.
    ///
    /// # Errors
    /// [`Error::CheckpointNotFound`]; [`Error::CheckpointDamaged`] names the file; [`Error::File`].
    pub fn verify(&self, id: u64) -> Result<Verified> {
        let metadata = self.metadata(id)?;
        super::parallel::for_each(self.options.transfer_threads, &metadata.files, |file| self.verify_file(id, file))?;
        Ok(Verified { files: metadata.files.len() as u64, bytes: metadata.total_bytes() })
    }

    /// Reads files of a checkpoint, several at once, and tells of each whether it is whole.
    pub fn verify_each(&self, id: u64, files: &[FileEntry], tell: &(dyn Fn(&FileEntry, Result<()>) + Sync)) {
        let told = super::parallel::for_each(self.options.transfer_threads, files, |file| {
            tell(file, self.verify_file(id, file));
            Ok(())
        });
        told.unwrap_or_default();
    }

    fn verify_file(&self, id: u64, file: &FileEntry) -> Result<()> {
        let path = file.path(id);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::InvalidData => self.damaged(&path, &source.to_string()),
            _ => self.failed("read", &path, source),
        };
        let opened = self.storage.open(&path).map_err(failed)?;
        let Some(mut opened) = opened else { return Err(self.damaged(&path, "is missing")) };
        let (found, length) = digest::of_reader(&mut opened, &Unwatched).map_err(failed)?;
        self.check_content(&path, file, &found, length)
    }

    /// Holds what was read to what is listed.
    pub(super) fn check_content(&self, path: &str, file: &FileEntry, digest: &str, length: u64) -> Result<()> {
        if length != file.size {
            return Err(self.damaged(path, &format!("has {length} bytes and had {}", file.size)));
        }
        if digest != file.digest {
            return Err(self.damaged(path, "is damaged: its digest does not match"));
        }
        Ok(())
    }

    /// Removes a checkpoint and what it alone lists. No error when it is gone already.
    ///
    /// # Errors
    /// [`Error::StillInUse`] when another owner has the root; [`Error::File`]: the next discard, confirmation or collection goes on with it.
    pub fn discard(&self, id: u64) -> Result<()> {
        let _alone = self.removing();
        self.try_with_index(|index| {
            if index.is_under_way(id) {
                return Err(Error::StillInUse(format!("checkpoint {id} is under way; cancel it to have it removed")));
            }
            index.leave(id);
            Ok(())
        })?;
        self.remove_leaving()
    }

    /// Removes what checkpoints leave behind that are to be no more. Tries all of them, whatever happens.
    fn remove_leaving(&self) -> Result<()> {
        let leaving = self.with_index(|index| index.leaving())?;
        leaving.into_iter().map(|id| self.remove_checkpoint(id)).fold(Ok(()), Result::and)
    }

    /// The metadata goes first and for good, so that no loss of power brings it back without the files.
    fn remove_checkpoint(&self, id: u64) -> Result<()> {
        let folder = folder_of(id);
        self.remove(&metadata_path(id))?;
        self.storage.sync(&folder).map_err(|source| self.failed("sync", &folder, source))?;
        let files = self.storage.list(&folder).map_err(|source| self.failed("list", &folder, source))?;
        files.iter().try_for_each(|file| self.remove(&file.path))?;
        self.remove_folder(id)?;
        let unlisted = self.with_index(|index| index.left(id))?;
        self.remove_going(&unlisted)
    }

    /// Removes files that the index knows to be going.
    fn remove_going(&self, paths: &[String]) -> Result<()> {
        let removed = paths.iter().try_for_each(|path| self.remove(path));
        self.with_index(Index::gone).and(removed)
    }

    fn remove_folder(&self, id: u64) -> Result<()> {
        let folder = folder_of(id);
        self.storage.delete_folder(&folder).map_err(|source| self.failed("remove", &folder, source))
    }

    fn remove(&self, path: &str) -> Result<()> {
        self.storage.delete(path).map_err(|source| self.failed("remove", path, source))
    }

    /// Removes every file that no checkpoint lists: what was interrupted before it was published, or before it was gone.
    ///
    /// # Errors
    /// [`Error::CheckpointDamaged`] when a metadata cannot be read, so that what it lists is not known: discard that checkpoint first.
    /// [`Error::StillInUse`] when another owner has the root; [`Error::File`].
    pub fn collect(&self) -> Result<Collected> {
        let _alone = self.removing();
        self.remove_leaving()?;
        // IMPORTANT: before it is looked up what is listed, so that nothing stored meanwhile is among them.
        let files = self.storage.list("").map_err(|source| self.failed("list", "", source))?;
        let unlisted = self.try_with_index(|index| {
            for id in index.unknown(&files) {
                self.read_into(index, id)?;
            }
            if let Some((id, reason)) = index.damaged().next() {
                let reason = format!("{reason}, so that what it lists is not known; discard it first");
                return Err(self.damaged(&metadata_path(id), &reason));
            }
            Ok(index.unlisted(files))
        })?;
        let paths: Vec<String> = unlisted.iter().map(|file| file.path.clone()).collect();
        self.remove_going(&paths)?;
        let folders: BTreeSet<u64> = paths.iter().filter_map(|path| id_of_path(path)).collect();
        folders.into_iter().try_for_each(|id| self.remove_folder(id))?;
        Ok(Collected { files: unlisted.len() as u64, bytes: unlisted.iter().map(|file| file.size).sum() })
    }

    /// Takes an id for a new checkpoint.
    pub(super) fn begin(&self, id: u64) -> Result<()> {
        self.try_with_index(|index| match index.begin(id) {
            Ok(()) => Ok(()),
            Err(newest) => Err(Error::InvalidArgument(format!(
                "checkpoint id {id} is not above {newest}, the newest in '{}'; choose a greater one",
                self.root()
            ))),
        })
    }

    /// Takes back the begin of a checkpoint of which nothing was stored.
    pub(super) fn take_back(&self, id: u64) {
        // The begin has read the index already.
        self.with_index(|index| index.end(id, &[])).unwrap_or_default();
    }

    /// Keeps a shared file from being collected until the checkpoint that wants it ends. Whether it need not be stored again: a confirmed
    /// checkpoint lists it.
    pub(super) fn want(&self, path: &str) -> Result<bool> {
        let (is_reusable, is_going) = self.with_index(|index| index.want(path))?;
        if is_going {
            // Nobody removes it any more after that.
            drop(self.removing());
        }
        Ok(is_reusable)
    }

    /// A checkpoint that [`CheckpointStore::begin`] took has ended; `published` unless it failed. `wanted` are the shared files it asked for.
    pub(super) fn end(&self, id: u64, published: Option<Metadata>, wanted: &[String]) -> Result<()> {
        if let Some(metadata) = published {
            return self.with_index(|index| {
                index.end(id, wanted);
                index.publish(id, Published::new(metadata, false, ClaimMode::Claim));
            });
        }
        let _alone = self.removing();
        self.with_index(|index| index.fail(id, wanted))?;
        self.remove_leaving()
    }

    /// What a checkpoint lists can be listed again from now on, and older ones beyond those retained are discarded.
    pub(super) fn confirm(&self, id: u64) -> Result<()> {
        self.with_index(|index| {
            index.change(id, |published| published.confirmed = true);
            index.subsume(id, self.options.num_retained);
        })?;
        let _alone = self.removing();
        self.remove_leaving()
    }

    /// Marks a checkpoint that was restored, unless it is ours from then on.
    pub(super) fn note_restored(&self, id: u64, mode: ClaimMode) -> Result<()> {
        self.try_with_index(|index| {
            if mode.owns() || index.claim_of(id).is_none_or(|claim| claim == mode) {
                return Ok(());
            }
            let path = not_claimed_path(id);
            let content = if mode == ClaimMode::Legacy { MAY_BE_BASE } else { b"" };
            let put = self.storage.put(&path, content).and_then(|()| self.storage.sync(&folder_of(id)));
            put.map_err(|source| self.failed("write", &path, source))?;
            index.change(id, |published| published.claim = mode);
            Ok(())
        })
    }

    /// Whose a checkpoint is: that of the backend that works with this root, which may remove it and build upon it, or that of somebody else.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn claim(&self, id: u64) -> Result<ClaimMode> {
        let path = not_claimed_path(id);
        let failed = |source| self.failed("read", &path, source);
        let Some(mut file) = self.storage.open(&path).map_err(failed)? else { return Ok(ClaimMode::Claim) };
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(failed)?;
        Ok(if content == MAY_BE_BASE { ClaimMode::Legacy } else { ClaimMode::NoClaim })
    }

    /// Whether it is known what is there, so that a begin waits for no storage.
    pub(super) fn is_known(&self) -> bool {
        // Locked by whoever asks the storage.
        self.index.try_lock().is_ok_and(|index| index.is_some())
    }

    fn with_index<T>(&self, body: impl FnOnce(&mut Index) -> T) -> Result<T> {
        self.try_with_index(|index| Ok(body(index)))
    }

    fn try_with_index<T>(&self, body: impl FnOnce(&mut Index) -> Result<T>) -> Result<T> {
        let mut index = self.lock_index();
        let known = match index.take() {
            Some(known) => known,
            None => self.load_index()?,
        };
        body(index.insert(known))
    }

    fn removing(&self) -> MutexGuard<'_, ()> {
        self.removing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_index(&self) -> MutexGuard<'_, Option<Index>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the root and reads what is there. What earlier owners published counts as confirmed: whoever started again chose among it.
    fn load_index(&self) -> Result<Index> {
        let mut index = Index::new(self.storage.lock()?);
        for id in self.ids()? {
            self.read_into(&mut index, id)?;
        }
        Ok(index)
    }

    fn read_into(&self, index: &mut Index, id: u64) -> Result<()> {
        match self.metadata(id) {
            Ok(metadata) => index.publish(id, Published::new(metadata, true, self.claim(id)?)),
            Err(Error::CheckpointDamaged { reason, .. }) => index.note_damaged(id, reason),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub(super) fn failed(&self, doing: &'static str, path: &str, source: io::Error) -> Error {
        let path = if path.is_empty() { self.root().to_owned() } else { format!("{}/{path}", self.root()) };
        Error::File { path: path.into(), doing, source }
    }

    pub(super) fn damaged(&self, file: &str, reason: &str) -> Error {
        Error::CheckpointDamaged { file: file.to_owned(), root: self.root().to_owned(), reason: reason.to_owned() }
    }
}

/// The checkpoint that exists because of this file.
pub(super) fn published_as(file: &Stored) -> Option<u64> {
    id_of_path(&file.path).filter(|id| metadata_path(*id) == file.path)
}

pub(super) fn not_claimed_path(id: u64) -> String {
    format!("{}/{NOT_CLAIMED}", folder_of(id))
}

/// For reading that nobody follows or stops.
pub(super) struct Unwatched;

impl Watch for Unwatched {
    fn moved(&self, _bytes: u64) -> io::Result<()> {
        Ok(())
    }
}
