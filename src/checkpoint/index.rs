//! [`Index`]: what a store knows of its root once it writes there. In memory alone: whoever holds it waits for no storage.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::digest;
use super::metadata::{id_of_path, metadata_path, Metadata, SHARED_FOLDER};
use super::restore::ClaimMode;
use super::storage::Stored;
use super::store::{not_claimed_path, published_as};

/// A published checkpoint.
pub(super) struct Published {
    metadata: Metadata,
    pub(super) confirmed: bool,
    pub(super) claim: ClaimMode,
}

impl Published {
    pub(super) fn new(metadata: Metadata, confirmed: bool, claim: ClaimMode) -> Self {
        Self { metadata, confirmed, claim }
    }

    /// Whether another checkpoint may list its files again instead of storing them.
    fn is_reusable(&self) -> bool {
        self.confirmed && self.claim != ClaimMode::NoClaim
    }

    fn shared_paths(&self) -> impl Iterator<Item = String> + '_ {
        self.metadata.files.iter().filter(|file| file.shared).map(|file| file.path(self.metadata.id))
    }
}

/// What a store knows of its root.
pub(super) struct Index {
    published: BTreeMap<u64, Published>,
    /// Shared files that may be listed again, by path, with the number of confirmed checkpoints that list them.
    reusable: HashMap<String, usize>,
    /// Checkpoints whose metadata cannot be read: what they list is not known.
    damaged: BTreeMap<u64, String>,
    /// Shared files that checkpoints under way count on, by path.
    wanted: HashMap<String, usize>,
    /// Checkpoints under way.
    under_way: BTreeSet<u64>,
    /// Checkpoints that are to be no more, with the shared files that go with them. Their metadata may still be there, so that these count as
    /// listed.
    leaving: BTreeMap<u64, Vec<String>>,
    /// Files that are being removed.
    going: HashSet<String>,
    _lock: Option<Box<dyn Send + Sync>>,
}

impl Index {
    pub(super) fn new(lock: Option<Box<dyn Send + Sync>>) -> Self {
        Self {
            published: BTreeMap::new(),
            reusable: HashMap::new(),
            damaged: BTreeMap::new(),
            wanted: HashMap::new(),
            under_way: BTreeSet::new(),
            leaving: BTreeMap::new(),
            going: HashSet::new(),
            _lock: lock,
        }
    }

    /// Takes an id, or answers the newest one, which it is not above.
    pub(super) fn begin(&mut self, id: u64) -> Result<(), u64> {
        let known = self.published.keys().chain(self.damaged.keys()).chain(&self.under_way).chain(self.leaving.keys());
        if let Some(newest) = known.max().filter(|newest| id <= **newest) {
            return Err(*newest);
        }
        self.under_way.insert(id);
        Ok(())
    }

    pub(super) fn is_under_way(&self, id: u64) -> bool {
        self.under_way.contains(&id)
    }

    /// Keeps a shared file. Whether it may be listed again, and whether somebody is removing it.
    pub(super) fn want(&mut self, path: &str) -> (bool, bool) {
        *self.wanted.entry(path.to_owned()).or_default() += 1;
        (self.reusable.contains_key(path), self.going.contains(path))
    }

    /// A checkpoint is under way no more.
    pub(super) fn end(&mut self, id: u64, wanted: &[String]) {
        self.under_way.remove(&id);
        wanted.iter().for_each(|path| count_down(&mut self.wanted, path));
    }

    /// A checkpoint failed: what was stored for it is to go.
    pub(super) fn fail(&mut self, id: u64, wanted: &[String]) {
        self.end(id, wanted);
        self.leaving.insert(id, wanted.to_vec());
    }

    pub(super) fn publish(&mut self, id: u64, published: Published) {
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

    pub(super) fn change(&mut self, id: u64, change: impl FnOnce(&mut Published)) {
        if let Some(mut published) = self.withdraw(id) {
            change(&mut published);
            self.publish(id, published);
        }
    }

    pub(super) fn claim_of(&self, id: u64) -> Option<ClaimMode> {
        self.published.get(&id).map(|published| published.claim)
    }

    pub(super) fn note_damaged(&mut self, id: u64, reason: String) {
        self.damaged.insert(id, reason);
    }

    pub(super) fn damaged(&self) -> impl Iterator<Item = (u64, &String)> {
        self.damaged.iter().map(|(id, reason)| (*id, reason))
    }

    /// A checkpoint is to be no more, whether it is known or not.
    pub(super) fn leave(&mut self, id: u64) {
        let listed = self.withdraw(id).map(|published| published.shared_paths().collect()).unwrap_or_default();
        self.damaged.remove(&id);
        self.leaving.entry(id).or_insert(listed);
    }

    /// With the confirmation of a checkpoint, all but the newest `retained` of our own confirmed ones are to be no more, and those before it
    /// that nobody has confirmed: a job does not come back to them.
    pub(super) fn subsume(&mut self, id: u64, retained: usize) {
        let own = self.published.iter().filter(|(_, published)| published.claim.owns());
        let (confirmed, passed_over): (Vec<_>, Vec<_>) = own.partition(|(_, published)| published.confirmed);
        let surplus = confirmed.into_iter().map(|(id, _)| *id).rev().skip(retained);
        let passed_over = passed_over.into_iter().map(|(id, _)| *id).filter(|other| *other < id);
        let subsumed: Vec<u64> = surplus.chain(passed_over).collect();
        subsumed.into_iter().for_each(|id| self.leave(id));
    }

    pub(super) fn leaving(&self) -> Vec<u64> {
        self.leaving.keys().copied().collect()
    }

    /// The folder of a checkpoint is gone. Which shared files go with it: none while it is not known what others list.
    pub(super) fn left(&mut self, id: u64) -> Vec<String> {
        let candidates = self.leaving.remove(&id).unwrap_or_default();
        if !self.damaged.is_empty() {
            return Vec::new();
        }
        let listed = self.listed();
        self.going = candidates.into_iter().filter(|path| !listed.contains(path)).collect();
        self.going.iter().cloned().collect()
    }

    /// Checkpoints among the stored files that somebody else has put there.
    pub(super) fn unknown(&self, files: &[Stored]) -> Vec<u64> {
        let is_known = |id: &u64| {
            let (under_way, leaving) = (self.under_way.contains(id), self.leaving.contains_key(id));
            under_way || leaving || self.published.contains_key(id) || self.damaged.contains_key(id)
        };
        files.iter().filter_map(published_as).filter(|id| !is_known(id)).collect()
    }

    /// Those of the stored files that nothing needs. They are going from then on.
    pub(super) fn unlisted(&mut self, mut files: Vec<Stored>) -> Vec<Stored> {
        let listed = self.listed();
        files.retain(|file| {
            let is_free = match id_of_path(&file.path) {
                Some(id) => !self.under_way.contains(&id) && !self.leaving.contains_key(&id),
                None => self.under_way.is_empty() || is_whole(&file.path),
            };
            is_free && is_ours(&file.path) && !listed.contains(&file.path)
        });
        self.going = files.iter().map(|file| file.path.clone()).collect();
        files
    }

    /// What was going is gone, or stays for the next collection.
    pub(super) fn gone(&mut self) {
        self.going.clear();
    }

    /// Paths of the files that must stay.
    fn listed(&self) -> HashSet<String> {
        let own = |(id, published): (&u64, &Published)| {
            let files: Vec<String> = published.metadata.files.iter().map(|file| file.path(*id)).collect();
            files.into_iter().chain([metadata_path(*id), not_claimed_path(*id)])
        };
        let published = self.published.iter().flat_map(own);
        published.chain(self.wanted.keys().cloned()).chain(self.leaving.values().flatten().cloned()).collect()
    }
}

fn is_ours(path: &str) -> bool {
    id_of_path(path).is_some() || file_in_shared(path).is_some()
}

/// Whether a shared file has the name that it has for good, and not one under which it is being stored.
fn is_whole(path: &str) -> bool {
    let stem = file_in_shared(path).and_then(|name| name.split_once('.'));
    stem.is_some_and(|(stem, _)| digest::is_digest(stem))
}

fn file_in_shared(path: &str) -> Option<&str> {
    path.strip_prefix(SHARED_FOLDER)?.strip_prefix('/')
}

fn count_down(counts: &mut HashMap<String, usize>, path: &str) {
    if let Some(count) = counts.get_mut(path) {
        *count -= 1;
        if *count == 0 {
            counts.remove(path);
        }
    }
}
