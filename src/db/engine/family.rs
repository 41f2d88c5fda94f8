//! One column family of an open engine, and what reads from it yield.

use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use super::status::{checked, with_status, StatusGuard, StatusSlot};
use super::{slice, sys, Engine, EngineStatus, FilterSlot};

/// A column family of an open engine. Stays usable for reads after a drop, until the last owner goes.
pub(crate) struct Family {
    raw: NonNull<sys::Family>,
    filter: Arc<FilterSlot>,
    /// What a call needs of the engine, here so that it touches one line of memory less.
    raw_engine: NonNull<sys::Engine>,
    write_flags: u32,
    id: u32,
    dropped: AtomicBool,
    engine: Arc<Engine>,
}

// SAFETY: a rocksdb::ColumnFamilyHandle is usable from any thread at once.
unsafe impl Send for Family {}
// SAFETY: as above.
unsafe impl Sync for Family {}

/// The outcome of a read into the caller's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// The bytes are in the target; this many.
    Copied(usize),
    /// There is no such row.
    Absent,
    /// The target is too short and unchanged; this many bytes are needed.
    Short(usize),
}

/// What a read joined on top of the last whole value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) operand_count: usize,
    pub(crate) operand_bytes: usize,
}

impl Family {
    pub(super) fn adopt(engine: &Arc<Engine>, raw: *mut sys::Family, filter: Arc<FilterSlot>) -> Self {
        let raw = NonNull::new(raw).expect("the shim fills its output whenever it answers 0");
        // SAFETY: the handle is alive and owned by the new value.
        let id = unsafe { sys::fsb_engine_family_id(raw.as_ptr()) };
        Self {
            raw,
            raw_engine: engine.raw,
            write_flags: engine.write_flags,
            id,
            dropped: AtomicBool::new(false),
            filter,
            engine: Arc::clone(engine),
        }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::Family {
        self.raw.as_ptr()
    }

    pub(super) fn engine_ptr(&self) -> *mut sys::Engine {
        self.raw_engine.as_ptr()
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Where the filter of this family's compactions is armed.
    pub(crate) fn filter(&self) -> &FilterSlot {
        &self.filter
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    #[inline]
    pub(crate) fn put(&self, key: &[u8], value: &[u8]) -> Result<(), EngineStatus> {
        self.put_with(self.write_flags, key, value)
    }

    /// Writes a row that says what it said before: not worth a sync, and rather not written than waited for.
    pub(crate) fn put_again(&self, key: &[u8], value: &[u8]) -> Result<(), EngineStatus> {
        self.put_with(self.write_flags & !sys::WRITE_SYNC | sys::WRITE_NO_SLOWDOWN, key, value)
    }

    #[inline]
    fn put_with(&self, flags: u32, key: &[u8], value: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: engine and family are alive, key and value are borrowed for the call.
        checked(|status| unsafe {
            sys::fsb_engine_put(
                self.engine_ptr(),
                self.as_ptr(),
                flags,
                key.as_ptr(),
                key.len(),
                value.as_ptr(),
                value.len(),
                status,
            )
        })
    }

    /// Appends `operand` to the value of `key`; a row that is not there is an empty value.
    #[inline]
    pub(crate) fn merge(&self, key: &[u8], operand: &[u8]) -> Result<(), EngineStatus> {
        // SAFETY: engine and family are alive, key and operand are borrowed for the call.
        checked(|status| unsafe {
            sys::fsb_engine_merge(
                self.engine_ptr(),
                self.as_ptr(),
                self.write_flags,
                key.as_ptr(),
                key.len(),
                operand.as_ptr(),
                operand.len(),
                status,
            )
        })
    }

    pub(crate) fn delete(&self, key: &[u8]) -> Result<(), EngineStatus> {
        let flags = self.write_flags;
        // SAFETY: engine and family are alive, the key is borrowed for the call.
        checked(|status| unsafe {
            sys::fsb_engine_delete(self.engine_ptr(), self.as_ptr(), flags, key.as_ptr(), key.len(), status)
        })
    }

    pub(crate) fn delete_range(&self, begin: &[u8], end: &[u8]) -> Result<(), EngineStatus> {
        let flags = self.write_flags;
        // SAFETY: engine and family are alive, the bounds are borrowed for the call.
        checked(|status| unsafe {
            sys::fsb_engine_delete_range(self.engine_ptr(), self.as_ptr(), flags, slice(begin), slice(end), status)
        })
    }

    /// Copies the value of `key` into `target`, as of `snapshot` or now.
    #[inline(always)]
    pub(crate) fn get(&self, snapshot: Option<&Snapshot>, key: &[u8], target: &mut [u8]) -> Result<Read, EngineStatus> {
        let mut length = 0;
        let mut slot = StatusSlot::new();
        // SAFETY: engine, family and snapshot are alive; key and target are borrowed for the call.
        let answer = unsafe {
            sys::fsb_engine_get(
                self.engine_ptr(),
                self.as_ptr(),
                snapshot.map_or(ptr::null(), Snapshot::as_ptr),
                key.as_ptr(),
                key.len(),
                target.as_mut_ptr(),
                target.len(),
                &mut length,
                slot.as_mut_ptr(),
            )
        };
        if answer == sys::FAILED {
            // SAFETY: the shim fills the status whenever it answers so.
            return Err(unsafe { slot.read() });
        }
        Ok(match answer {
            sys::FOUND => Read::Copied(length),
            sys::TOO_SHORT => Read::Short(length),
            _ => Read::Absent,
        })
    }

    /// Reads the value of `key` without copying it, as of `snapshot` or now.
    pub(crate) fn get_pinned(&self, snapshot: Option<&Snapshot>, key: &[u8]) -> Result<Option<Pinned>, EngineStatus> {
        let mut raw = ptr::null_mut();
        let (answer, status) = with_status(|status| {
            // SAFETY: engine, family and snapshot are alive; the key is borrowed for the call.
            unsafe {
                sys::fsb_engine_get_pinned(
                    self.engine_ptr(),
                    self.as_ptr(),
                    snapshot.map_or(ptr::null(), Snapshot::as_ptr),
                    key.as_ptr(),
                    key.len(),
                    &mut raw,
                    status,
                )
            }
        });
        self.pinned(answer, raw, &status)
    }

    /// Reads the value of `key` without copying it, now, and what it was joined from.
    pub(crate) fn get_appended(&self, key: &[u8]) -> Result<Option<(Pinned, Joined)>, EngineStatus> {
        let mut raw = ptr::null_mut();
        let mut joined = sys::Joined::default();
        let (answer, status) = with_status(|status| {
            // SAFETY: engine and family are alive; the key is borrowed and the outputs are valid for the call.
            unsafe {
                sys::fsb_engine_get_appended(
                    self.engine_ptr(),
                    self.as_ptr(),
                    slice(key),
                    &mut raw,
                    &mut joined,
                    status,
                )
            }
        });
        let joined = Joined { operand_count: joined.operand_count, operand_bytes: joined.operand_bytes };
        Ok(self.pinned(answer, raw, &status)?.map(|value| (value, joined)))
    }

    fn pinned(&self, answer: i32, raw: *mut sys::Pinned, status: &StatusGuard) -> Result<Option<Pinned>, EngineStatus> {
        match answer {
            sys::FOUND => {
                let raw = NonNull::new(raw).expect("the shim fills its output whenever it finds a value");
                Ok(Some(Pinned { raw, _engine: Arc::clone(&self.engine) }))
            }
            sys::ABSENT => Ok(None),
            _ => Err(status.read()),
        }
    }

    /// Reads many keys at once into `target`: `u32 length | value` for each key, `u32::MAX` as length of an absent one.
    pub(crate) fn multi_get(
        &self, snapshot: Option<&Snapshot>, keys: &[&[u8]], target: &mut [u8],
    ) -> Result<Read, EngineStatus> {
        let slices: Vec<sys::Slice> = keys.iter().map(|key| slice(key)).collect();
        let mut length = 0;
        let (answer, status) = with_status(|status| {
            // SAFETY: engine, family and snapshot are alive; keys and target are borrowed for the call.
            unsafe {
                sys::fsb_engine_multi_get(
                    self.engine_ptr(),
                    self.as_ptr(),
                    snapshot.map_or(ptr::null(), Snapshot::as_ptr),
                    slices.as_ptr(),
                    slices.len(),
                    target.as_mut_ptr(),
                    target.len(),
                    &mut length,
                    status,
                )
            }
        });
        match answer {
            sys::FOUND => Ok(Read::Copied(length)),
            sys::TOO_SHORT => Ok(Read::Short(length)),
            _ => Err(status.read()),
        }
    }

    /// Compacts the rows from `begin` (or the first) up to `end` (or the last) down to the lowest level.
    pub(crate) fn compact(&self, begin: Option<&[u8]>, end: Option<&[u8]>) -> Result<(), EngineStatus> {
        let (has_begin, has_end) = (u8::from(begin.is_some()), u8::from(end.is_some()));
        let (begin, end) = (slice(begin.unwrap_or_default()), slice(end.unwrap_or_default()));
        // SAFETY: engine and family are alive, the bounds are borrowed for the call.
        checked(|status| unsafe {
            sys::fsb_engine_compact(self.engine_ptr(), self.as_ptr(), begin, has_begin, end, has_end, status)
        })
    }

    /// Removes the family from the engine; its rows are gone for good.
    pub(crate) fn drop_rows(&self) -> Result<(), EngineStatus> {
        // SAFETY: engine and family are alive.
        checked(|status| unsafe { sys::fsb_engine_drop_family(self.engine_ptr(), self.as_ptr(), status) })?;
        self.dropped.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether the family was removed from the engine.
    #[inline]
    pub(crate) fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::Acquire)
    }

    /// The text of one of the engine's properties, or none when it knows no such property.
    pub(crate) fn property(&self, name: &str) -> Result<Option<String>, EngineStatus> {
        let mut text = ptr::null_mut();
        let mut length = 0;
        let (answer, status) = with_status(|status| {
            // SAFETY: engine and family are alive, the outputs are valid for the call.
            unsafe {
                sys::fsb_engine_property(
                    self.engine_ptr(),
                    self.as_ptr(),
                    slice(name.as_bytes()),
                    &mut text,
                    &mut length,
                    status,
                )
            }
        });
        match answer {
            sys::FOUND => {
                // SAFETY: the shim hands over `length` bytes at `text`, released right after they were copied.
                let value = unsafe {
                    let bytes = std::slice::from_raw_parts(text.cast::<u8>(), length);
                    let value = String::from_utf8_lossy(bytes).into_owned();
                    sys::fsb_engine_release_text(text);
                    value
                };
                Ok(Some(value))
            }
            sys::ABSENT => Ok(None),
            _ => Err(status.read()),
        }
    }

    /// The number behind one of the engine's integer properties.
    pub(crate) fn integer_property(&self, name: &str) -> Option<u64> {
        let mut value = 0;
        let (answer, _status) = with_status(|status| {
            // SAFETY: engine and family are alive, the output is valid for the call.
            unsafe {
                sys::fsb_engine_integer_property(
                    self.engine_ptr(),
                    self.as_ptr(),
                    slice(name.as_bytes()),
                    &mut value,
                    status,
                )
            }
        });
        (answer == sys::FOUND).then_some(value)
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        // SAFETY: this value owns the handle, and the engine outlives it.
        unsafe { sys::fsb_engine_release_family(self.engine_ptr(), self.as_ptr()) }
    }
}

/// A value that stays where the engine has it. Keeps its engine open.
pub(crate) struct Pinned {
    raw: NonNull<sys::Pinned>,
    _engine: Arc<Engine>,
}

// SAFETY: a rocksdb::PinnableSlice is plain memory plus a cleanup that any thread may run.
unsafe impl Send for Pinned {}
// SAFETY: it is only read through a shared reference.
unsafe impl Sync for Pinned {}

impl Pinned {
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the value is pinned as long as `self` lives; an empty one may have a null pointer.
        unsafe {
            let bytes = sys::fsb_engine_pinned_bytes(self.raw.as_ptr());
            if bytes.length == 0 {
                &[]
            } else {
                std::slice::from_raw_parts(bytes.data, bytes.length)
            }
        }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // SAFETY: this value owns the pin.
        unsafe { sys::fsb_engine_pinned_release(self.raw.as_ptr()) }
    }
}

/// A point in time to read at. Keeps its engine open.
pub(crate) struct Snapshot {
    raw: NonNull<sys::Snapshot>,
    engine: Arc<Engine>,
}

// SAFETY: a rocksdb::Snapshot is immutable.
unsafe impl Send for Snapshot {}
// SAFETY: as above.
unsafe impl Sync for Snapshot {}

impl Snapshot {
    /// None only when the engine refuses snapshots, which a memtable without in-place updates never does.
    pub(crate) fn new(engine: &Arc<Engine>) -> Option<Self> {
        // SAFETY: the engine is alive.
        let raw = unsafe { sys::fsb_engine_snapshot_create(engine.raw.as_ptr()) };
        Some(Self { raw: NonNull::new(raw.cast_mut())?, engine: Arc::clone(engine) })
    }

    pub(super) fn as_ptr(&self) -> *const sys::Snapshot {
        self.raw.as_ptr()
    }

    pub(crate) fn sequence(&self) -> u64 {
        // SAFETY: the snapshot is alive as long as `self`.
        unsafe { sys::fsb_engine_snapshot_sequence(self.as_ptr()) }
    }

    pub(crate) fn is_of(&self, engine: &Arc<Engine>) -> bool {
        Arc::ptr_eq(&self.engine, engine)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // SAFETY: this value owns the snapshot, and the engine outlives it.
        unsafe { sys::fsb_engine_snapshot_release(self.engine.raw.as_ptr(), self.as_ptr()) }
    }
}
