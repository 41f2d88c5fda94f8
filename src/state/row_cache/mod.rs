//! Row cache: recently used rows in front of the engine, bounded in bytes. One thread, no locks, no engine.
//!
//! In write-back mode the cache takes writes and hands them out later, as batches: [`RowCache::evict`] makes room,
//! [`RowCache::drain`] writes everything. In write-through mode it holds what the engine holds. It also remembers that a row is
//! absent. The caller asks the cache first, always: a row found here is newer than the engine's.
//!
//! Writes go one way, whatever the mode:
//! ```text
//! if cache.put(key, row) == Put::Through {   // nothing has changed here
//!     engine.write(key, row)?;
//!     cache.written(key, row);               // now it may
//! }
//! if cache.needs_eviction() { cache.evict(write_batch)?; }
//! ```
//!
//! Rows live in segments that are filled in order and freed as a whole ([`log`]), so the memory is what it says, without an
//! allocation per row. Which rows stay is decided as in S3-FIFO (Yang et al., SOSP 2023): new rows are on probation in a tenth of the
//! segments, those used again move on, and keys that come back soon after their eviction skip probation. Once the cache is crowded, a
//! key comes in when it is asked for the second time, as in TinyLFU (Einziger et al., 2017) with its doorkeeper. Rows of one map
//! are chained ([`scopes`]), so that clearing or scanning a map does not look at all others. When hardly any read finds its row
//! the cache steps aside ([`admission`]).

mod admission;
mod evict;
mod ghosts;
mod index;
mod log;
#[cfg(test)]
mod model;
mod record;
mod rows;
mod scopes;
#[cfg(test)]
mod tests;
mod walk;

use std::hash::BuildHasher;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use admission::Admission;
pub(crate) use evict::DirtyRows;
use ghosts::Ghosts;
use index::Index;
use log::{Log, Queue};
use scopes::Scopes;
use walk::{Walk, Which};

/// Largest capacity in bytes: addresses of the cache have 32 bits.
pub(crate) const MAX_CAPACITY_BYTES: usize = 16 << 30;
/// Least capacity in bytes; a smaller cache is none.
pub(crate) const MIN_CAPACITY_BYTES: usize = 8 << 10;
/// A segment is this part of the capacity, between the two bounds below; it is also the largest record that is cached.
const SEGMENTS: usize = 256;
const MIN_SEGMENT_BYTES: usize = 512;
const MAX_SEGMENT_BYTES: usize = 64 << 10;
/// Segments needed for both queues, one to fill and one to move rows to.
const LEAST_SEGMENTS: usize = 4;
const FIRST_SLOTS: usize = 64;
/// Records that matter are longer than this, which bounds the rows of a batch.
const LEAST_RECORD_BYTES: usize = 16;

/// What the cache knows of a row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cached<'a> {
    /// Nothing: ask the engine, and tell the cache by [`RowCache::fill`].
    Unknown,
    /// There is no such row.
    Absent,
    /// The row.
    Row(&'a [u8]),
}

/// What became of a write.
#[must_use = "a write that goes through is not in the cache: write it to the engine, then call `written`"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// The cache has the row and will hand it out.
    Took,
    /// The cache is as it was: the caller writes to the engine.
    Through,
}

/// Where the part of a row key ends that all rows of its map share; such parts are never prefixes of one another.
pub(crate) type ScopeOf = fn(&[u8]) -> Option<usize>;

/// See the module.
pub(crate) struct RowCache {
    capacity_bytes: usize,
    write_back: bool,
    scope_of: ScopeOf,
    /// Keys come from outside: nobody shall be able to choose those that collide.
    seed: u64,
    log: Log,
    index: Index,
    ghosts: Ghosts,
    scopes: Scopes,
    admission: Admission,
    /// Segments that may hold rows.
    allowed: usize,
    full: bool,
    /// Rows of keys that the cache would pass by if it stepped aside.
    unsampled: usize,
    dirty: usize,
    hits: u64,
    misses: u64,
    /// Hash of the key of the last read that found nothing.
    missed: u64,
    /// Addresses of the rows of one batch.
    batch: Vec<u32>,
}

impl RowCache {
    /// An empty cache of at most `capacity_bytes`, everything counted; below [`MIN_CAPACITY_BYTES`] it holds nothing.
    pub(crate) fn new(capacity_bytes: usize, write_back: bool, scope_of: ScopeOf) -> Self {
        let capacity_bytes =
            if capacity_bytes < MIN_CAPACITY_BYTES { 0 } else { capacity_bytes.min(MAX_CAPACITY_BYTES) };
        let segment_bytes = 1 << (capacity_bytes / SEGMENTS).clamp(MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES).ilog2();
        let mut cache = Self {
            capacity_bytes,
            write_back,
            scope_of,
            seed: std::hash::RandomState::new().hash_one(0),
            log: Log::new(segment_bytes, capacity_bytes / segment_bytes),
            index: Index::default(),
            ghosts: Ghosts::default(),
            scopes: Scopes::new(),
            admission: Admission::default(),
            allowed: 0,
            full: false,
            unsampled: 0,
            dirty: 0,
            hits: 0,
            misses: 0,
            missed: 0,
            batch: Vec::with_capacity(if capacity_bytes > 0 { segment_bytes / LEAST_RECORD_BYTES } else { 0 }),
        };
        if capacity_bytes > 0 {
            cache.rebuild_index(FIRST_SLOTS);
        }
        cache
    }

    /// What is known of a row. Counts a hit or a miss.
    #[inline]
    pub(crate) fn get(&mut self, key: &[u8]) -> Cached<'_> {
        if self.is_off() {
            return Cached::Unknown;
        }
        let hash = self.hash(key);
        let Some((_, address)) = self.find(hash, key) else {
            self.misses += 1;
            self.missed = hash;
            self.count_miss(hash);
            return Cached::Unknown;
        };
        self.hits += 1;
        self.admission.hit();
        let header = self.log.header(address);
        let used = header.used();
        if used != header {
            self.log.set_header(address, used);
        }
        self.log.row(address).map_or(Cached::Absent, Cached::Row)
    }

    /// Remembers what the engine answered. A row that is here already is newer, and stays.
    pub(crate) fn fill(&mut self, key: &[u8], row: Option<&[u8]>) {
        let hash = self.hash(key);
        if self.is_off() || self.find(hash, key).is_some() {
            return;
        }
        if let Some(address) = self.admit(hash, key, row.map_or(0, <[u8]>::len)) {
            self.set_row(address, row);
        }
    }

    /// A new record, unless the cache steps aside or has no room. Once it is crowded, only a key that was asked for not long ago gets
    /// one, others leave a ghost: a key that is never used again would push out one that is.
    fn admit(&mut self, hash: u64, key: &[u8], row_bytes: usize) -> Option<u32> {
        if self.admission.passes_by(hash) {
            return None;
        }
        let returns = self.ghosts.take(hash);
        if !returns && self.is_crowded() {
            self.ghosts.add(hash);
            self.count_turned_away(record::units(key.len(), row_bytes, false));
            return None;
        }
        self.insert(hash, key, row_bytes, if returns { Queue::Main } else { Queue::Probation })
    }

    /// Takes a write, none being a deletion, or leaves it to the caller.
    pub(crate) fn put(&mut self, key: &[u8], row: Option<&[u8]>) -> Put {
        match self.take(key, row.map_or(0, <[u8]>::len)) {
            Some(address) => {
                self.set_row(address, row);
                Put::Took
            }
            None => Put::Through,
        }
    }

    /// As [`Self::put`]; `compose` writes the row, of `row_bytes`, where it will be, over bytes of no meaning.
    pub(crate) fn put_with(&mut self, key: &[u8], row_bytes: usize, compose: impl FnOnce(&mut [u8])) -> Put {
        match self.take(key, row_bytes) {
            Some(address) => {
                compose(self.log.resize_row(address, row_bytes));
                Put::Took
            }
            None => Put::Through,
        }
    }

    /// Changes a row in place, in write-back mode; none, and nothing done, when the row is not here.
    pub(crate) fn modify<R>(&mut self, key: &[u8], change: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        if !self.write_back || self.is_off() {
            return None;
        }
        let (_, address) = self.find_key(key)?;
        let header = self.log.header(address);
        let row_bytes = header.row_bytes()?;
        self.hits += 1;
        self.admission.hit();
        self.log.set_header(address, header.used().written().0);
        self.mark(address, true);
        Some(change(self.log.resize_row(address, row_bytes)))
    }

    /// After the engine has taken a write that went through: what is here of that key becomes the same, or goes.
    pub(crate) fn written(&mut self, key: &[u8], row: Option<&[u8]>) {
        if self.is_off() {
            return;
        }
        let (hash, row_bytes) = (self.hash(key), row.map_or(0, <[u8]>::len));
        let address = match self.find(hash, key) {
            Some((at, address)) => match self.fit(at, address, row_bytes) {
                Some(address) => address,
                None => return self.kill(at, address),
            },
            // Who only writes shall find the row next time; without write-back there is nothing to gain. A write that follows the read of
            // its row is no use of its own.
            None if self.write_back && hash != self.missed => match self.admit(hash, key, row_bytes) {
                Some(address) => address,
                None => return,
            },
            None => return,
        };
        self.mark(address, false);
        self.set_row(address, row);
        self.count_write(address);
    }

    /// Forgets all rows whose keys start with `prefix`, dirty or not. Quick for the scope of a map.
    pub(crate) fn forget_prefix(&mut self, prefix: &[u8]) {
        let mut walk = Walk::over(self, prefix, Which::All);
        while let Some(address) = walk.next(&self.log, prefix) {
            self.kill_at(address);
        }
    }

    /// Whether a row whose key starts with `prefix` is dirty. Quick for the scope of a map, and when nothing is dirty.
    pub(crate) fn dirty_with_prefix(&self, prefix: &[u8]) -> bool {
        if self.dirty == 0 || prefix.is_empty() {
            return self.dirty > 0;
        }
        match self.scope(prefix) {
            Scope::Rows(id) if self.scopes.has_dirty(id) => true,
            Scope::Rows(_) | Scope::NoRows => {
                self.find_key(prefix).is_some_and(|(_, address)| self.log.header(address).is_dirty())
            }
            Scope::NotOne => Walk::over(self, prefix, Which::Dirty).next(&self.log, prefix).is_some(),
        }
    }

    /// Forgets everything and holds nothing from now on; nothing may be dirty.
    pub(crate) fn turn_off(&mut self) {
        debug_assert_eq!(self.dirty, 0, "rows that the engine does not have must not be forgotten");
        let (hits, misses) = (self.hits, self.misses);
        *self = Self { hits, misses, ..Self::new(0, false, self.scope_of) };
    }

    /// Bytes taken now.
    pub(crate) fn bytes(&self) -> usize {
        self.log.bytes() + self.overhead_bytes()
    }

    /// Most bytes that are ever taken; 0 for a cache that is off.
    pub(crate) fn capacity_bytes(&self) -> usize {
        self.capacity_bytes
    }

    /// Reads that found what they asked for.
    pub(crate) fn hits(&self) -> u64 {
        self.hits
    }

    /// Reads that did not.
    pub(crate) fn misses(&self) -> u64 {
        self.misses
    }

    /// Rows that the engine does not have yet.
    #[cfg(test)]
    pub(crate) fn dirty_count(&self) -> usize {
        self.dirty
    }

    fn is_off(&self) -> bool {
        self.capacity_bytes == 0
    }

    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        xxh3_64_with_seed(key, self.seed)
    }

    #[inline]
    fn find(&self, hash: u64, key: &[u8]) -> Option<(usize, u32)> {
        if self.unsampled == 0 && self.admission.passes_by(hash) {
            return None;
        }
        self.index.find(high(hash), |address| self.log.key(address) == key)
    }

    fn find_key(&self, key: &[u8]) -> Option<(usize, u32)> {
        if self.is_off() {
            return None;
        }
        self.find(self.hash(key), key)
    }

    fn scope(&self, prefix: &[u8]) -> Scope {
        if (self.scope_of)(prefix) != Some(prefix.len()) {
            return Scope::NotOne;
        }
        self.scopes.find(&self.log, high(self.hash(prefix)), prefix).map_or(Scope::NoRows, Scope::Rows)
    }

    fn set_row(&mut self, address: u32, row: Option<&[u8]>) {
        match row {
            Some(row) => self.log.resize_row(address, row.len()).copy_from_slice(row),
            None => {
                let header = self.log.header(address);
                self.log.set_header(address, header.with_row_bytes(None));
            }
        }
    }

    /// A dirty record for a row of that length, when this cache takes it.
    ///
    /// Only rows that were used again are worth it. For others the engine is cheaper now, with their neighbourhood in the processor's
    /// caches from the read before, than later.
    fn take(&mut self, key: &[u8], row_bytes: usize) -> Option<u32> {
        if !self.write_back || self.is_off() {
            return None;
        }
        let hash = self.hash(key);
        let Some((at, address)) = self.find(hash, key) else {
            if hash != self.missed {
                self.count_miss(hash);
            }
            return None;
        };
        let (header, _) = self.log.header(address).written();
        if header.uses() == 0 && self.log.queue_of(address) == Queue::Probation {
            return None;
        }
        let address = self.fit(at, address, row_bytes)?;
        self.count_write(address);
        self.mark(address, true);
        Some(address)
    }

    /// Counts a use of a row that is not here, for the judgement.
    fn count_miss(&mut self, hash: u64) {
        if !self.admission.passes_by(hash) {
            self.admission.missed();
        } else if self.admission.passed_by() {
            let lap_ended = self.admission.step(self.possible_segments());
            if lap_ended && self.index.is_mostly_empty() {
                self.rebuild_index((self.index.slot_count() / 4).max(FIRST_SLOTS));
            }
            self.measure();
        }
    }

    /// Counts a write of a row that is here.
    fn count_write(&mut self, address: u32) {
        let (header, is_use) = self.log.header(address).written();
        self.log.set_header(address, header);
        if is_use {
            self.admission.hit();
        }
    }
}

/// What a prefix is.
enum Scope {
    /// The scope of these rows.
    Rows(u32),
    /// A scope without rows, but perhaps a key.
    NoRows,
    /// Shorter than a scope, or no part of a row key.
    NotOne,
}

/// The half of a hash that the index keeps.
#[inline]
fn high(hash: u64) -> u32 {
    (hash >> 32) as u32
}
