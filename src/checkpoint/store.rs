//! [`CheckpointStore`]: the checkpoints below one root.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, Read as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::digest;
use super::metadata::{folder_of, id_of_path, metadata_path, FileEntry, Metadata, MAX_METADATA_BYTES, SHARED_FOLDER};
use super::restore::ClaimMode;
use super::storage::{Storage, Watch};
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

/// A published checkpoint.
#[derive(Clone)]
struct Published {
    metadata: Arc<Metadata>,
    confirmed: bool,
    claim: ClaimMode,
}

/// What the store knows of its root once it writes there.
struct Index {
    published: BTreeMap<u64, Published>,
    /// Shared files that may be listed again, by path, with the number of confirmed checkpoints that list them.
    reusable: HashMap<String, usize>,
    /// Checkpoints whose metadata cannot be read: what they list is not known.
    damaged: BTreeMap<u64, String>,
    /// Shared files that checkpoints under way count on, by path.
    wanted: HashMap<String, usize>,
    /// Checkpoints under way.
    under_way: BTreeSet<u64>,
    _lock: Option<Box<dyn Send + Sync>>,
}

/// The checkpoints below one root. Usable from any thread at once. The first call that writes takes the root for this store alone.
pub struct CheckpointStore {
    storage: Arc<dyn Storage>,
    options: StoreOptions,
    index: Mutex<Option<Index>>,
}

impl CheckpointStore {
    /// The checkpoints in a storage.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn new(storage: Arc<dyn Storage>, options: StoreOptions) -> Result<Self> {
        options.check()?;
        Ok(Self { storage, options, index: Mutex::new(None) })
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
        Ok(files
            .iter()
            .filter_map(|file| id_of_path(&file.path).filter(|id| metadata_path(*id) == file.path))
            .collect())
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
    /// [`Error::StillInUse`] when another owner has the root; [`Error::File`].
    pub fn discard(&self, id: u64) -> Result<()> {
        self.with_index(|index| self.discard_from(index, id))
    }

    fn discard_from(&self, index: &mut Index, id: u64) -> Result<()> {
        if index.under_way.contains(&id) {
            return Err(Error::StillInUse(format!("checkpoint {id} is under way; cancel it to have it removed")));
        }
        self.remove_folder(id)?;
        let gone = index.withdraw(id);
        index.damaged.remove(&id);
        let listed = gone.map(|gone| gone.shared_paths().collect());
        self.remove_unlisted(index, listed.unwrap_or_default())?;
        Ok(())
    }

    /// Has a checkpoint exist no more, before any of its files goes: synced, so that no loss of power brings it back without them.
    fn unpublish(&self, id: u64) -> Result<()> {
        let (path, folder) = (metadata_path(id), folder_of(id));
        if self
            .storage
            .open(&path)
            .map_err(|source| self.failed("read", &path, source))
            .is_ok_and(|file| file.is_none())
        {
            return Ok(());
        }
        self.remove(&path)?;
        self.storage.sync(&folder).map_err(|source| self.failed("sync", &folder, source))
    }

    /// Removes the files of a checkpoint that does not exist.
    fn remove_folder(&self, id: u64) -> Result<()> {
        self.unpublish(id)?;
        let folder = folder_of(id);
        let files = self.storage.list(&folder).map_err(|source| self.failed("list", &folder, source))?;
        files.iter().try_for_each(|file| self.remove(&file.path))?;
        self.storage.delete_folder(&folder).map_err(|source| self.failed("remove", &folder, source))
    }

    /// Removes those of the shared files that no checkpoint lists or waits for. None while any metadata is unreadable.
    fn remove_unlisted(&self, index: &Index, candidates: Vec<String>) -> Result<Vec<String>> {
        if !index.damaged.is_empty() {
            return Ok(Vec::new());
        }
        let listed = index.listed();
        let unlisted: Vec<String> = candidates.into_iter().filter(|path| !listed.contains(path)).collect();
        unlisted.iter().try_for_each(|path| self.remove(path))?;
        Ok(unlisted)
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
        self.with_index(|index| {
            if let Some((id, reason)) = index.damaged.iter().next() {
                return Err(self.damaged(
                    &metadata_path(*id),
                    &format!("{reason}, so that what it lists is not known; discard it first"),
                ));
            }
            let files = self.storage.list("").map_err(|source| self.failed("list", "", source))?;
            let mut collected = Collected::default();
            let mut folders = BTreeSet::new();
            let listed = index.listed();
            for file in files {
                let of = id_of_path(&file.path);
                let is_ours = of.is_some() || file.path.starts_with(&format!("{SHARED_FOLDER}/"));
                let is_needed = listed.contains(&file.path) || of.is_some_and(|id| index.under_way.contains(&id));
                if is_ours && !is_needed {
                    self.remove(&file.path)?;
                    folders.extend(of);
                    collected.files += 1;
                    collected.bytes += file.size;
                }
            }
            for id in folders {
                self.storage
                    .delete_folder(&folder_of(id))
                    .map_err(|source| self.failed("remove", &folder_of(id), source))?;
            }
            Ok(collected)
        })
    }

    /// Takes an id for a new checkpoint.
    pub(super) fn begin(&self, id: u64) -> Result<()> {
        self.with_index(|index| {
            let newest = index.published.keys().chain(index.damaged.keys()).chain(&index.under_way).max();
            if let Some(newest) = newest.filter(|newest| id <= **newest) {
                return Err(Error::InvalidArgument(format!(
                    "checkpoint id {id} is not above {newest}, the newest in '{}'; choose a greater one",
                    self.root()
                )));
            }
            index.under_way.insert(id);
            Ok(())
        })
    }

    /// Keeps a shared file from being collected until the checkpoint that wants it ends. Whether it need not be stored again: a confirmed
    /// checkpoint lists it.
    pub(super) fn want(&self, path: &str) -> Result<bool> {
        self.with_index(|index| {
            *index.wanted.entry(path.to_owned()).or_default() += 1;
            Ok(index.reusable.contains_key(path))
        })
    }

    /// A checkpoint that [`CheckpointStore::begin`] took has ended; `published` unless it failed. `wanted` are the shared files it asked for.
    pub(super) fn end(&self, id: u64, published: Option<Metadata>, wanted: &[String]) -> Result<()> {
        self.with_index(|index| {
            index.under_way.remove(&id);
            wanted.iter().for_each(|path| count_down(&mut index.wanted, path));
            match published {
                Some(metadata) => {
                    index.publish(
                        id,
                        Published { metadata: Arc::new(metadata), confirmed: false, claim: ClaimMode::Claim },
                    );
                    Ok(())
                }
                None => {
                    self.remove_folder(id)?;
                    self.remove_unlisted(index, wanted.to_vec()).map(drop)
                }
            }
        })
    }

    /// What a checkpoint lists can be listed again from now on, and older ones beyond those retained are discarded.
    pub(super) fn confirm(&self, id: u64) -> Result<()> {
        self.with_index(|index| {
            index.change(id, |published| published.confirmed = true);
            let own: Vec<u64> =
                index.published.iter().filter(|(_, it)| it.confirmed && it.claim.owns()).map(|(id, _)| *id).collect();
            let surplus = own.len().saturating_sub(self.options.num_retained);
            own.into_iter().take(surplus).try_for_each(|id| self.discard_from(index, id))
        })
    }

    /// Marks a checkpoint that was restored, unless it is ours from then on.
    pub(super) fn note_restored(&self, id: u64, mode: ClaimMode) -> Result<()> {
        self.with_index(|index| {
            if mode.owns() || index.published.get(&id).is_none_or(|published| published.claim == mode) {
                return Ok(());
            }
            let path = not_claimed_path(id);
            let content = if mode == ClaimMode::Legacy { MAY_BE_BASE } else { b"" };
            self.storage.put(&path, content).map_err(|source| self.failed("write", &path, source))?;
            index.change(id, |published| published.claim = mode);
            Ok(())
        })
    }

    /// Whose a checkpoint is.
    fn read_claim(&self, id: u64) -> Result<ClaimMode> {
        let path = not_claimed_path(id);
        let failed = |source| self.failed("read", &path, source);
        let Some(mut file) = self.storage.open(&path).map_err(failed)? else { return Ok(ClaimMode::Claim) };
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(failed)?;
        Ok(if content == MAY_BE_BASE { ClaimMode::Legacy } else { ClaimMode::NoClaim })
    }

    fn with_index<T>(&self, body: impl FnOnce(&mut Index) -> Result<T>) -> Result<T> {
        let mut index = self.lock_index();
        let known = match index.take() {
            Some(known) => known,
            None => self.load_index()?,
        };
        body(index.insert(known))
    }

    fn lock_index(&self) -> MutexGuard<'_, Option<Index>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the root and reads what is there. What earlier owners published counts as confirmed: whoever started again chose among it.
    fn load_index(&self) -> Result<Index> {
        let lock = self.storage.lock()?;
        let mut index = Index {
            published: BTreeMap::new(),
            reusable: HashMap::new(),
            damaged: BTreeMap::new(),
            wanted: HashMap::new(),
            under_way: BTreeSet::new(),
            _lock: lock,
        };
        for id in self.ids()? {
            match self.metadata(id) {
                Ok(metadata) => {
                    let claim = self.read_claim(id)?;
                    index.publish(id, Published { metadata: Arc::new(metadata), confirmed: true, claim });
                }
                Err(Error::CheckpointDamaged { reason, .. }) => drop(index.damaged.insert(id, reason)),
                Err(error) => return Err(error),
            }
        }
        Ok(index)
    }

    pub(super) fn failed(&self, doing: &'static str, path: &str, source: io::Error) -> Error {
        let path = if path.is_empty() { self.root().to_owned() } else { format!("{}/{path}", self.root()) };
        Error::File { path: path.into(), doing, source }
    }

    pub(super) fn damaged(&self, file: &str, reason: &str) -> Error {
        Error::CheckpointDamaged { file: file.to_owned(), root: self.root().to_owned(), reason: reason.to_owned() }
    }
}

impl Index {
    /// Paths of the files that must stay.
    fn listed(&self) -> HashSet<String> {
        let own = |(id, published): (&u64, &Published)| {
            let files: Vec<String> = published.metadata.files.iter().map(|file| file.path(*id)).collect();
            files.into_iter().chain([metadata_path(*id), not_claimed_path(*id)])
        };
        self.published.iter().flat_map(own).chain(self.wanted.keys().cloned()).collect()
    }

    fn publish(&mut self, id: u64, published: Published) {
        if published.is_reusable() {
            published.shared_paths().for_each(|path| *self.reusable.entry(path).or_default() += 1);
        }
        self.published.insert(id, published);
    }

    fn withdraw(&mut self, id: u64) -> Option<Published> {
        let published = self.published.remove(&id)?;
        if published.is_reusable() {
            published.shared_paths().for_each(|path| count_down(&mut self.reusable, &path));
        }
        Some(published)
    }

    fn change(&mut self, id: u64, change: impl FnOnce(&mut Published)) {
        if let Some(mut published) = self.withdraw(id) {
            change(&mut published);
            self.publish(id, published);
        }
    }
}

impl Published {
    /// Whether another checkpoint may list its files again instead of storing them.
    fn is_reusable(&self) -> bool {
        self.confirmed && self.claim != ClaimMode::NoClaim
    }

    fn shared_paths(&self) -> impl Iterator<Item = String> + '_ {
        self.metadata.files.iter().filter(|file| file.shared).map(|file| file.path(self.metadata.id))
    }
}

fn count_down(counts: &mut HashMap<String, usize>, path: &str) {
    if let Some(count) = counts.get_mut(path) {
        *count -= 1;
        if *count == 0 {
            counts.remove(path);
        }
    }
}

fn not_claimed_path(id: u64) -> String {
    format!("{}/{NOT_CLAIMED}", folder_of(id))
}

/// For reading that nobody follows or stops.
pub(super) struct Unwatched;

impl Watch for Unwatched {
    fn moved(&self, _bytes: u64) -> io::Result<()> {
        Ok(())
    }
}
