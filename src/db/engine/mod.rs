//! The engine: safe owners of RocksDB's objects over the C++ shim.
//!
//! The only module besides `ffi` with `unsafe`. It knows handles, bytes and status codes; names, options and rules are the
//! business of the modules above.
#![allow(unsafe_code)]

mod batch;
mod events;
mod family;
mod filter;
pub(crate) mod fork;
mod iterator;
mod live_files;
mod log;
mod resources;
mod status;
#[allow(missing_docs)]
mod sys;
mod transfer;

use std::ffi::{c_char, c_void, CStr};
use std::ptr::{self, NonNull};
use std::sync::Arc;

pub(crate) use batch::Batch;
pub use events::Histogram;
pub(crate) use events::{process_cpu_micros, statistic_names, Events};
pub use family::Read;
pub(crate) use family::{Family, Joined, Pinned, Snapshot};
use filter::FilterSlot;
pub use iterator::{Direction, Page};
pub(crate) use iterator::{Iterator, ScanBounds};
pub(crate) use live_files::{HeldFiles, LiveFile};
pub(crate) use resources::{Cache, RateLimiter, WriteBufferManager};
pub use status::EngineStatus;
use status::{checked, with_status};

use crate::db::event_log::EventLog;

// The engine itself is linked by this crate.
use librocksdb_sys as _;

/// How writes reach the log. Holds for the whole engine, never per call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WriteMode {
    pub(crate) disable_wal: bool,
    pub(crate) sync: bool,
    /// Carry per-key protection bytes from the call to the memtable.
    pub(crate) protected: bool,
}

impl WriteMode {
    fn flags(self) -> u32 {
        let flag = |set, bit| if set { bit } else { 0 };
        flag(self.disable_wal, sys::WRITE_DISABLE_WAL)
            | flag(self.sync, sys::WRITE_SYNC)
            | flag(self.protected, sys::WRITE_PROTECTED)
    }
}

/// A column family to open: its name and its options in the engine's own text form.
pub(crate) struct FamilyRequest {
    pub(crate) name: String,
    pub(crate) options: String,
    pub(crate) table_options: String,
}

/// All that an engine needs to open.
pub(crate) struct OpenRequest<'a> {
    pub(crate) path: &'a str,
    pub(crate) options: &'a str,
    pub(crate) log_directory: &'a str,
    pub(crate) families: &'a [FamilyRequest],
    pub(crate) cache: Option<Arc<Cache>>,
    pub(crate) write_buffer_manager: Option<Arc<WriteBufferManager>>,
    pub(crate) rate_limiter: Option<Arc<RateLimiter>>,
    /// Where lines of the engine's log, and what its listener notices, go as well.
    pub(crate) event_log: Option<Arc<EventLog>>,
    pub(crate) enable_statistics: bool,
    pub(crate) write_mode: WriteMode,
    /// Kept until the engine has closed, whoever holds it last.
    pub(crate) ownership: Box<dyn Send + Sync>,
}

/// What recovery of the write-ahead log dropped, as the engine reported it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WalDamage {
    pub(crate) dropped_bytes: u64,
    pub(crate) dropped_records: u64,
}

/// An engine that has opened, with its families in the order of the request.
pub(crate) type Opened = (Arc<Engine>, Vec<Family>, WalDamage);

/// An open RocksDB. Closes when dropped; [`Engine::close`] reports how that went.
pub(crate) struct Engine {
    raw: NonNull<sys::Engine>,
    write_flags: u32,
    cache: Option<Arc<Cache>>,
    _write_buffer_manager: Option<Arc<WriteBufferManager>>,
    _rate_limiter: Option<Arc<RateLimiter>>,
    // IMPORTANT: last, so that it is given up only after the engine has closed.
    _ownership: Box<dyn Send + Sync>,
}

// SAFETY: rocksdb::DB is usable from any thread at once; the shim adds no state of its own.
unsafe impl Send for Engine {}
// SAFETY: as above.
unsafe impl Sync for Engine {}

fn slice(bytes: &[u8]) -> sys::Slice {
    sys::Slice { data: bytes.as_ptr(), length: bytes.len() }
}

/// The version of the linked engine, such as `11.8.1`.
pub(crate) fn version() -> &'static CStr {
    // SAFETY: the shim returns a static, terminated text.
    unsafe { CStr::from_ptr(sys::fsb_engine_version_text()) }
}

/// Milliseconds since 1970 by the system's clock. On Linux as of its last tick, 1 to 10 ms ago: a quarter of the price of the exact time.
#[inline]
pub(crate) fn system_millis() -> i64 {
    // SAFETY: takes nothing and reads a clock.
    unsafe { sys::fsb_engine_system_millis() }
}

/// Names of the column families that exist in the folder.
pub(crate) fn list_families(path: &str) -> Result<Vec<String>, EngineStatus> {
    extern "C" fn each(context: *mut c_void, name: *const c_char, length: usize) {
        // SAFETY: `context` is the vector below, and the shim hands out `length` readable bytes for the call.
        let (names, bytes) =
            unsafe { (&mut *context.cast::<Vec<String>>(), std::slice::from_raw_parts(name.cast::<u8>(), length)) };
        names.push(String::from_utf8_lossy(bytes).into_owned());
    }
    let mut names: Vec<String> = Vec::new();
    let context = ptr::from_mut(&mut names).cast();
    // SAFETY: `each` and `context` fit together and are used during the call only.
    checked(|status| unsafe { sys::fsb_engine_list_families(slice(path.as_bytes()), each, context, status) })?;
    Ok(names)
}

impl Engine {
    /// Opens the folder with exactly the families named, which must be all that exist in it.
    pub(crate) fn open(request: OpenRequest<'_>) -> Result<Opened, EngineStatus> {
        Self::open_by(sys::fsb_engine_open, request)
    }

    /// As [`Engine::open`], for reading alone: nothing in the folder changes.
    #[cfg(feature = "inspect")]
    pub(crate) fn open_read_only(request: OpenRequest<'_>) -> Result<Opened, EngineStatus> {
        Self::open_by(sys::fsb_engine_open_read_only, request)
    }

    fn open_by(open: sys::Open, request: OpenRequest<'_>) -> Result<Opened, EngineStatus> {
        let texts = |text: fn(&FamilyRequest) -> &str| -> Vec<sys::Slice> {
            request.families.iter().map(|family| slice(text(family).as_bytes())).collect()
        };
        let names = texts(|family| &family.name);
        let options = texts(|family| &family.options);
        let tables = texts(|family| &family.table_options);
        let filters: Vec<Arc<FilterSlot>> = names.iter().map(|_| Arc::default()).collect();
        let filter_slots: Vec<*const c_void> = filters.iter().map(FilterSlot::as_ptr).collect();
        let raw_request = sys::OpenRequest {
            path: slice(request.path.as_bytes()),
            db_options: slice(request.options.as_bytes()),
            log_directory: slice(request.log_directory.as_bytes()),
            family_names: names.as_ptr(),
            family_options: options.as_ptr(),
            table_options: tables.as_ptr(),
            filter_slots: filter_slots.as_ptr(),
            family_count: names.len(),
            filter_hooks: &filter::HOOKS,
            cache: request.cache.as_ref().map_or(ptr::null_mut(), |cache| cache.as_ptr()),
            write_buffer_manager: request.write_buffer_manager.as_ref().map_or(ptr::null_mut(), |it| it.as_ptr()),
            rate_limiter: request.rate_limiter.as_ref().map_or(ptr::null_mut(), |it| it.as_ptr()),
            log_hooks: &log::HOOKS,
            event_log: request.event_log.as_ref().map_or(ptr::null(), |log| Arc::as_ptr(log).cast()),
            event_log_level: request.event_log.as_ref().map_or(0, |log| log.least_level() as i32),
            enable_statistics: u8::from(request.enable_statistics),
        };
        let mut raw = ptr::null_mut();
        let mut handles = vec![ptr::null_mut(); names.len()];
        let mut damage = sys::Recovery::default();
        // SAFETY: every slice, slot and log of the request outlives the call, in which the shim retains slots and log, and `handles` has room for one handle per family.
        checked(|status| unsafe { open(&raw_request, &mut raw, handles.as_mut_ptr(), &mut damage, status) })?;
        let engine = Arc::new(Self {
            raw: NonNull::new(raw).expect("the shim fills its output whenever it answers 0"),
            write_flags: request.write_mode.flags(),
            cache: request.cache,
            _write_buffer_manager: request.write_buffer_manager,
            _rate_limiter: request.rate_limiter,
            _ownership: request.ownership,
        });
        let families = handles.into_iter().zip(filters);
        let families = families.map(|(handle, filter)| Family::adopt(&engine, handle, filter)).collect();
        let damage = WalDamage { dropped_bytes: damage.dropped_bytes, dropped_records: damage.dropped_records };
        Ok((engine, families, damage))
    }

    /// Waits for background work and closes the files.
    ///
    /// Returns the engine unclosed when something (a family, iterator, snapshot or pinned value) still holds it.
    pub(crate) fn close(self: Arc<Self>) -> Result<Result<(), EngineStatus>, Arc<Self>> {
        let engine = std::mem::ManuallyDrop::new(Arc::try_unwrap(self)?);
        // SAFETY: nobody else holds the engine, and its Drop does not run: the shim frees it exactly once.
        let closed = checked(|status| unsafe { sys::fsb_engine_close(engine.raw.as_ptr(), status) });
        // SAFETY: the fields are taken out once; the manual drop keeps them from being dropped again.
        unsafe {
            drop(ptr::read(&engine.cache));
            drop(ptr::read(&engine._write_buffer_manager));
            drop(ptr::read(&engine._rate_limiter));
            drop(ptr::read(&engine._ownership));
        }
        Ok(closed)
    }

    pub(crate) fn create_family(self: &Arc<Self>, request: &FamilyRequest) -> Result<Family, EngineStatus> {
        let cache = self.cache.as_ref().map_or(ptr::null_mut(), |cache| cache.as_ptr());
        let filter = Arc::default();
        let mut raw = ptr::null_mut();
        // SAFETY: the engine is alive, every slice outlives the call, and the shim retains the filter's slot itself.
        checked(|status| unsafe {
            sys::fsb_engine_create_family(
                self.raw.as_ptr(),
                slice(request.name.as_bytes()),
                slice(request.options.as_bytes()),
                slice(request.table_options.as_bytes()),
                cache,
                &filter::HOOKS,
                FilterSlot::as_ptr(&filter),
                &mut raw,
                status,
            )
        })?;
        Ok(Family::adopt(self, raw, filter))
    }

    /// Applies a batch, all of it or nothing.
    pub(crate) fn write(&self, batch: &mut Batch<'_>) -> Result<(), EngineStatus> {
        // SAFETY: engine and batch are alive, and the batch is borrowed mutably.
        checked(|status| unsafe { sys::fsb_engine_write(self.raw.as_ptr(), self.write_flags, batch.as_ptr(), status) })
    }

    /// As [`Engine::write`], but refuses where that would wait for flushes and compactions.
    pub(crate) fn try_write(&self, batch: &mut Batch<'_>) -> Result<(), EngineStatus> {
        let flags = self.write_flags | sys::WRITE_NO_SLOWDOWN;
        // SAFETY: as in `write`.
        checked(|status| unsafe { sys::fsb_engine_write(self.raw.as_ptr(), flags, batch.as_ptr(), status) })
    }

    /// Flushes the memtables of all the families at one point in time and waits for it.
    pub(crate) fn flush(&self, families: &[&Family]) -> Result<(), EngineStatus> {
        let handles: Vec<_> = families.iter().map(|family| family.as_ptr()).collect();
        // SAFETY: the families are borrowed for the call.
        checked(|status| unsafe { sys::fsb_engine_flush(self.raw.as_ptr(), handles.as_ptr(), handles.len(), status) })
    }

    pub(crate) fn sync_wal(&self) -> Result<(), EngineStatus> {
        // SAFETY: the engine is alive.
        checked(|status| unsafe { sys::fsb_engine_sync_wal(self.raw.as_ptr(), status) })
    }

    /// Reads every block and every file once and compares the checksums.
    pub(crate) fn verify_checksums(&self) -> Result<(), EngineStatus> {
        // SAFETY: the engine is alive.
        checked(|status| unsafe { sys::fsb_engine_verify_checksums(self.raw.as_ptr(), status) })
    }

    /// Changes options of the engine, or of one family, in the engine's own names.
    pub(crate) fn set_options(
        &self, family: Option<&Family>, options: &[(String, String)],
    ) -> Result<(), EngineStatus> {
        let names: Vec<_> = options.iter().map(|(name, _)| slice(name.as_bytes())).collect();
        let values: Vec<_> = options.iter().map(|(_, value)| slice(value.as_bytes())).collect();
        let family = family.map_or(ptr::null_mut(), Family::as_ptr);
        // SAFETY: engine and family are alive, the slices outlive the call.
        checked(|status| unsafe {
            sys::fsb_engine_set_options(
                self.raw.as_ptr(),
                family,
                names.as_ptr(),
                values.as_ptr(),
                options.len(),
                status,
            )
        })
    }

    /// Greatest sequence number of a row in the table files.
    pub(crate) fn flushed_sequence(&self) -> Result<u64, EngineStatus> {
        let mut sequence = 0;
        // SAFETY: the engine is alive, the output is valid for the call.
        checked(|status| unsafe { sys::fsb_engine_flushed_sequence(self.raw.as_ptr(), &mut sequence, status) })?;
        Ok(sequence)
    }

    /// Sequence number of the last write applied.
    pub(crate) fn latest_sequence(&self) -> u64 {
        // SAFETY: the engine is alive.
        unsafe { sys::fsb_engine_latest_sequence(self.raw.as_ptr()) }
    }

    pub(crate) fn cache(&self) -> Option<&Cache> {
        self.cache.as_deref()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let closed = with_status(|status| {
            // SAFETY: the last owner is gone, so nothing uses the engine any more.
            unsafe { sys::fsb_engine_close(self.raw.as_ptr(), status) }
        });
        // An error has nobody to go to here: `close` is the call that reports it.
        drop(closed);
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;

    use librocksdb_sys as plain;

    use crate::{Backend, Options};

    /// Writes `rows` with the engine's plain C API: no operator, no filter.
    fn write_plainly(folder: &std::path::Path, rows: &[(&str, &str)]) {
        let path = CString::new(folder.display().to_string()).expect("no NUL");
        // SAFETY: every pointer is made and freed by the engine, in the order that its header asks for.
        unsafe {
            let mut failure = std::ptr::null_mut();
            let options = plain::rocksdb_options_create();
            plain::rocksdb_options_set_create_if_missing(options, 1);
            let database = plain::rocksdb_open(options, path.as_ptr(), &mut failure);
            assert!(failure.is_null());
            let write = plain::rocksdb_writeoptions_create();
            for (key, value) in rows {
                let (key, value) = (key.as_bytes(), value.as_bytes());
                let (key_at, value_at) = (key.as_ptr().cast(), value.as_ptr().cast());
                plain::rocksdb_put(database, write, key_at, key.len(), value_at, value.len(), &mut failure);
                assert!(failure.is_null());
            }
            plain::rocksdb_writeoptions_destroy(write);
            plain::rocksdb_close(database);
            plain::rocksdb_options_destroy(options);
        }
    }

    #[test]
    fn a_folder_written_without_operator_and_filter_opens_and_takes_both() {
        let folder = tempfile::tempdir().expect("a folder");
        write_plainly(folder.path(), &[("a", "plain"), ("b", "kept")]);
        let backend = Backend::open(Options::new(folder.path().display().to_string()), None).expect("opens");
        let family = backend.column_family("default").expect("exists");
        family.merge(b"a", b" appended").expect("appends");
        family.compact(None, None).expect("compacts");
        assert_eq!(family.get(None, b"a").expect("reads").as_deref(), Some(&b"plain appended"[..]));
        assert_eq!(family.get(None, b"b").expect("reads").as_deref(), Some(&b"kept"[..]));
    }
}
