//! [`ColumnFamily`]: rows by key in one family.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::batch::PackedKeys;
use super::engine::{EngineStatus, Family, Pinned, Read};
use super::row_filter::PeriodicCompaction;
use super::snapshot::Snapshot;
use super::stall::StallLimits;
use crate::error::{EngineFailure, Error, Result};
use crate::limits::{MAX_KEY_BYTES, MAX_VALUE_BYTES};
use crate::options::FamilyOptions;

/// What a family is beside its rows.
struct Profile {
    name: String,
    periodic_compaction: Mutex<PeriodicCompaction>,
    stall_limits: Mutex<StallLimits>,
}

/// A column family of an open backend: an ordered map from keys to values, both bytes.
///
/// Cheap to clone and usable from any thread at once. Keeps the engine open.
#[derive(Clone)]
pub struct ColumnFamily {
    handle: Arc<Family>,
    profile: Arc<Profile>,
}

/// A value that stays where the engine has it, without a copy. Keeps the engine open.
pub struct PinnedValue(pub(super) Pinned);

impl AsRef<[u8]> for PinnedValue {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl ColumnFamily {
    pub(super) fn new(name: &str, family: Family, options: &FamilyOptions) -> Self {
        let periodic_compaction = Mutex::new(PeriodicCompaction::new(options.periodic_compaction_seconds));
        let stall_limits = Mutex::new(StallLimits::from(options));
        let profile = Profile { name: name.to_owned(), periodic_compaction, stall_limits };
        Self { handle: Arc::new(family), profile: Arc::new(profile) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.profile.name
    }

    /// The id that packed batches carry; fixed for the life of the family.
    pub fn id(&self) -> u32 {
        self.handle.id()
    }

    pub(crate) fn handle(&self) -> &Family {
        &self.handle
    }

    /// Removes the files that hold no row of the range, but for those of level 0.
    pub(crate) fn delete_files_outside(&self, begin: &[u8], end: &[u8]) -> Result<()> {
        let deleted = self.handle.delete_files_outside(begin, end);
        deleted.map_err(|status| self.failed("cannot delete files of", status))
    }

    /// Leaves nothing but the rows of the range, also physically.
    pub(crate) fn clip(&self, begin: &[u8], end: &[u8]) -> Result<()> {
        self.handle.clip(begin, end).map_err(|status| self.failed("cannot clip", status))
    }

    pub(super) fn periodic_compaction(&self) -> MutexGuard<'_, PeriodicCompaction> {
        self.profile.periodic_compaction.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the engine begins to hold up writes to the family.
    pub(super) fn stall_limits(&self) -> StallLimits {
        *self.profile.stall_limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_stall_limits(&self, options: &FamilyOptions) {
        *self.profile.stall_limits.lock().unwrap_or_else(PoisonError::into_inner) = StallLimits::from(options);
    }

    pub(super) fn shared_handle(&self) -> Arc<Family> {
        Arc::clone(&self.handle)
    }

    /// Writes one row, durable as the backend's WAL mode promises.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] for a key or value over its limit; [`Error::ColumnFamilyDropped`]; [`Error::Engine`].
    #[inline]
    pub fn put(&self, key: &[u8], value: &[u8]) -> Result<()> {
        self.check_live()?;
        check_key(key)?;
        check_value(value)?;
        self.handle.put(key, value).map_err(|status| self.failed("cannot put into", status))
    }

    /// Removes one row; no error when there is none.
    ///
    /// # Errors
    /// As [`ColumnFamily::put`].
    pub fn delete(&self, key: &[u8]) -> Result<()> {
        self.check_live()?;
        check_key(key)?;
        self.handle.delete(key).map_err(|status| self.failed("cannot delete from", status))
    }

    /// Removes the rows from `begin`, included, to `end`, excluded, in one step whatever their number.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when `begin` is greater than `end`; else as [`ColumnFamily::put`].
    pub fn delete_range(&self, begin: &[u8], end: &[u8]) -> Result<()> {
        self.check_live()?;
        check_range(begin, end)?;
        self.handle.delete_range(begin, end).map_err(|status| self.failed("cannot delete a range from", status))
    }

    /// Copies the value of `key` into `target`, as of `snapshot` or now.
    ///
    /// # Errors
    /// As [`ColumnFamily::put`]; [`Error::InvalidArgument`] for a snapshot of another backend.
    #[inline(always)]
    pub fn get_into(&self, snapshot: Option<&Snapshot>, key: &[u8], target: &mut [u8]) -> Result<Read> {
        self.check_live()?;
        check_key(key)?;
        let snapshot = self.own(snapshot)?;
        self.handle.get(snapshot, key, target).map_err(|status| self.failed("cannot get from", status))
    }

    /// The value of `key` as an own copy, as of `snapshot` or now.
    ///
    /// # Errors
    /// As [`ColumnFamily::get_into`].
    pub fn get(&self, snapshot: Option<&Snapshot>, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.get_pinned(snapshot, key)?.map(|value| value.as_ref().to_vec()))
    }

    /// The value of `key` without a copy, as of `snapshot` or now.
    ///
    /// # Errors
    /// As [`ColumnFamily::get_into`].
    pub fn get_pinned(&self, snapshot: Option<&Snapshot>, key: &[u8]) -> Result<Option<PinnedValue>> {
        self.check_live()?;
        check_key(key)?;
        let snapshot = self.own(snapshot)?;
        let pinned = self.handle.get_pinned(snapshot, key).map_err(|status| self.failed("cannot get from", status))?;
        Ok(pinned.map(PinnedValue))
    }

    /// Whether there is a row, as of `snapshot` or now.
    ///
    /// # Errors
    /// As [`ColumnFamily::get_into`].
    #[inline(always)]
    pub fn contains(&self, snapshot: Option<&Snapshot>, key: &[u8]) -> Result<bool> {
        Ok(self.get_into(snapshot, key, &mut [])? != Read::Absent)
    }

    /// Reads many keys in one step, as of `snapshot` or now.
    ///
    /// `target` receives, for each key in order, `u32 length | value`; the length is `u32::MAX` for an absent row.
    ///
    /// # Errors
    /// As [`ColumnFamily::get_into`].
    pub fn multi_get(&self, snapshot: Option<&Snapshot>, keys: &PackedKeys<'_>, target: &mut [u8]) -> Result<Read> {
        self.check_live()?;
        let snapshot = self.own(snapshot)?;
        self.handle
            .multi_get(snapshot, keys.keys(), target)
            .map_err(|status| self.failed("cannot multi-get from", status))
    }

    /// Flushes the memtable of this family and waits.
    ///
    /// # Errors
    /// [`Error::ColumnFamilyDropped`]; [`Error::Engine`].
    pub fn flush(&self) -> Result<()> {
        self.check_live()?;
        self.handle.engine().flush(&[&self.handle]).map_err(|status| self.failed("cannot flush", status))
    }

    /// Compacts the rows from `begin` (or the first) to `end` (or the last) down to the lowest level, and waits.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when `begin` is greater than `end`; [`Error::ColumnFamilyDropped`]; [`Error::Engine`].
    pub fn compact(&self, begin: Option<&[u8]>, end: Option<&[u8]>) -> Result<()> {
        self.check_live()?;
        if let (Some(begin), Some(end)) = (begin, end) {
            check_range(begin, end)?;
        }
        self.handle.compact(begin, end).map_err(|status| self.failed("cannot compact", status))
    }

    /// The text of one of RocksDB's properties of this family, such as `rocksdb.stats`; none when it knows no such property.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub fn property(&self, name: &str) -> Result<Option<String>> {
        self.handle.property(name).map_err(|status| self.failed("cannot read a property of", status))
    }

    pub(super) fn drop_rows(&self) -> Result<()> {
        self.handle.drop_rows().map_err(|status| self.failed("cannot drop", status))
    }

    #[inline]
    pub(crate) fn check_live(&self) -> Result<()> {
        if self.handle.is_dropped() {
            return Err(self.gone());
        }
        Ok(())
    }

    /// The engine's snapshot, when it is of the same engine.
    #[inline]
    pub(super) fn own<'a>(&self, snapshot: Option<&'a Snapshot>) -> Result<Option<&'a super::engine::Snapshot>> {
        match snapshot {
            None => Ok(None),
            Some(snapshot) if snapshot.handle().is_of(self.handle.engine()) => Ok(Some(snapshot.handle())),
            Some(_) => Err(self.foreign_snapshot()),
        }
    }

    #[cold]
    fn gone(&self) -> Error {
        Error::ColumnFamilyDropped(self.name().to_owned())
    }

    #[cold]
    fn foreign_snapshot(&self) -> Error {
        let text = format!("the snapshot belongs to another backend than column family '{}'", self.name());
        Error::InvalidArgument(text)
    }

    #[cold]
    pub(crate) fn failed(&self, doing: &str, status: EngineStatus) -> Error {
        if status.kind() == EngineFailure::ColumnFamilyDropped {
            return self.gone();
        }
        Error::Engine { context: format!("{doing} column family '{}'", self.name()), status }
    }
}

/// Refuses a key over the limit.
#[inline]
pub(super) fn check_key(key: &[u8]) -> Result<()> {
    if key.len() > MAX_KEY_BYTES {
        return Err(too_large("the key", key.len(), MAX_KEY_BYTES));
    }
    Ok(())
}

/// Refuses a value over the limit.
#[inline]
pub(crate) fn check_value(value: &[u8]) -> Result<()> {
    if value.len() > MAX_VALUE_BYTES {
        return Err(too_large("the value", value.len(), MAX_VALUE_BYTES));
    }
    Ok(())
}

/// Refuses bounds over the limit or in the wrong order.
pub(super) fn check_range(begin: &[u8], end: &[u8]) -> Result<()> {
    check_key(begin)?;
    check_key(end)?;
    if begin > end {
        return Err(Error::InvalidArgument("the begin of the range is greater than its end".to_owned()));
    }
    Ok(())
}

#[cold]
fn too_large(what: &str, actual: usize, limit: usize) -> Error {
    Error::LimitExceeded { what: what.to_owned(), actual, limit, unit: "bytes" }
}
