//! The C side of `shim.cc`, declaration for declaration.

use std::ffi::{c_char, c_void};
use std::marker::{PhantomData, PhantomPinned};

/// Makes an opaque C++ type: never built, moved or shared by Rust itself.
macro_rules! opaque {
    ($($name:ident),+) => {
        $(
            #[repr(C)]
            pub struct $name {
                _bytes: [u8; 0],
                _marker: PhantomData<(*mut u8, PhantomPinned)>,
            }
        )+
    };
}

opaque!(Engine, Family, Iterator, Snapshot, Pinned, Batch, Cache, WriteBufferManager, RateLimiter);

#[repr(C)]
pub struct Status {
    pub code: i32,
    pub subcode: i32,
    pub severity: i32,
    pub message: *mut c_char,
    pub message_length: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice {
    pub data: *const u8,
    pub length: usize,
}

#[repr(C)]
pub struct FilterHooks {
    pub retain: extern "C" fn(slot: *const c_void),
    pub release: extern "C" fn(slot: *const c_void),
    pub begin: extern "C" fn(slot: *const c_void) -> *mut c_void,
    pub judge: extern "C" fn(judge: *mut c_void, key: Slice, value: Slice, operand: u8, replacement: *mut Slice) -> i32,
    pub end: extern "C" fn(judge: *mut c_void),
}

#[repr(C)]
pub struct LogHooks {
    pub retain: extern "C" fn(log: *const c_void),
    pub release: extern "C" fn(log: *const c_void),
    pub line: extern "C" fn(log: *const c_void, level: i32, of_engine: u8, text: Slice),
}

#[repr(C)]
pub struct OpenRequest {
    pub path: Slice,
    pub db_options: Slice,
    pub log_directory: Slice,
    pub family_names: *const Slice,
    pub family_options: *const Slice,
    pub table_options: *const Slice,
    pub filter_slots: *const *const c_void,
    pub family_count: usize,
    pub filter_hooks: *const FilterHooks,
    pub cache: *mut Cache,
    pub write_buffer_manager: *mut WriteBufferManager,
    pub rate_limiter: *mut RateLimiter,
    pub log_hooks: *const LogHooks,
    pub event_log: *const c_void,
    pub event_log_level: i32,
    pub enable_statistics: u8,
}

/// One of the calls that open an engine.
pub type Open = unsafe extern "C" fn(
    request: *const OpenRequest,
    out: *mut *mut Engine,
    families: *mut *mut Family,
    recovery: *mut Recovery,
    status: *mut Status,
) -> i32;

#[repr(C)]
#[derive(Default)]
pub struct Recovery {
    pub dropped_bytes: u64,
    pub dropped_records: u64,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Events {
    pub write_stopped: u64,
    pub delayed_write_rate: u64,
    pub stall_count: u64,
    pub stall_micros: u64,
    pub stop_count: u64,
    pub stop_micros: u64,
    pub flush_count: u64,
    pub mean_flush_micros: u64,
    pub compaction_count: u64,
    pub sealed_memtable_count: u64,
}

#[repr(C)]
pub struct LiveFile {
    pub name: Slice,
    pub size: u64,
    pub content: Slice,
}

/// One of the engine's histograms, in the unit that its name states: mostly microseconds or bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Histogram {
    /// Values recorded since the backend was opened.
    pub count: u64,
    /// Their sum.
    pub sum: u64,
    /// Their mean; 0 when there are none, as all below.
    pub average: f64,
    /// How far they are from it.
    pub standard_deviation: f64,
    /// The smallest.
    pub min: f64,
    /// The median, within the engine's buckets, which grow by half.
    pub median: f64,
    /// The value that 95 of 100 do not exceed, within the engine's buckets.
    pub percentile95: f64,
    /// The value that 99 of 100 do not exceed, within the engine's buckets.
    pub percentile99: f64,
    /// The largest.
    pub max: f64,
}

#[repr(C)]
#[derive(Default)]
pub struct Joined {
    pub operand_count: usize,
    pub operand_bytes: usize,
}

pub const FOUND: i32 = 0;
pub const ABSENT: i32 = 1;
pub const TOO_SHORT: i32 = 2;
pub const FAILED: i32 = 3;

pub const VERDICT_KEEP: i32 = 0;
pub const VERDICT_REMOVE: i32 = 1;
pub const VERDICT_REPLACE: i32 = 2;

pub const WRITE_DISABLE_WAL: u32 = 1;
pub const WRITE_SYNC: u32 = 2;
pub const WRITE_NO_SLOWDOWN: u32 = 4;
pub const WRITE_PROTECTED: u32 = 8;

extern "C" {
    pub fn fsb_engine_version_text() -> *const c_char;
    pub fn fsb_engine_release_text(text: *mut c_char);

    pub fn fsb_engine_cache_create(capacity: usize, out: *mut *mut Cache, status: *mut Status) -> i32;
    pub fn fsb_engine_cache_destroy(cache: *mut Cache);
    pub fn fsb_engine_cache_usage(cache: *const Cache) -> usize;
    pub fn fsb_engine_cache_pinned_usage(cache: *const Cache) -> usize;
    pub fn fsb_engine_write_buffer_manager_create(
        capacity: usize, cache: *const Cache, out: *mut *mut WriteBufferManager, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_write_buffer_manager_destroy(manager: *mut WriteBufferManager);
    pub fn fsb_engine_rate_limiter_create(
        bytes_per_second: i64, out: *mut *mut RateLimiter, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_rate_limiter_destroy(limiter: *mut RateLimiter);

    pub fn fsb_engine_list_families(
        path: Slice, each: extern "C" fn(*mut c_void, *const c_char, usize), context: *mut c_void, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_open(
        request: *const OpenRequest, out: *mut *mut Engine, families: *mut *mut Family, recovery: *mut Recovery,
        status: *mut Status,
    ) -> i32;
    #[cfg(feature = "inspect")]
    pub fn fsb_engine_open_read_only(
        request: *const OpenRequest, out: *mut *mut Engine, families: *mut *mut Family, recovery: *mut Recovery,
        status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_close(engine: *mut Engine, status: *mut Status) -> i32;
    pub fn fsb_engine_create_family(
        engine: *mut Engine, name: Slice, options: Slice, table: Slice, cache: *const Cache, hooks: *const FilterHooks,
        filter_slot: *const c_void, out: *mut *mut Family, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_drop_family(engine: *mut Engine, family: *mut Family, status: *mut Status) -> i32;
    pub fn fsb_engine_release_family(engine: *mut Engine, family: *mut Family);
    pub fn fsb_engine_family_id(family: *const Family) -> u32;

    pub fn fsb_engine_put(
        engine: *mut Engine, family: *mut Family, flags: u32, key: *const u8, key_length: usize, value: *const u8,
        value_length: usize, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_merge(
        engine: *mut Engine, family: *mut Family, flags: u32, key: *const u8, key_length: usize, operand: *const u8,
        operand_length: usize, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_delete(
        engine: *mut Engine, family: *mut Family, flags: u32, key: *const u8, key_length: usize, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_delete_range(
        engine: *mut Engine, family: *mut Family, flags: u32, begin: Slice, end: Slice, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_batch_take(
        engine: *mut Engine, flags: u32, reserved_bytes: usize, out: *mut *mut Batch, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_batch_give_back(engine: *mut Engine, batch: *mut Batch);
    pub fn fsb_engine_batch_put(
        batch: *mut Batch, family: *mut Family, key: Slice, value: Slice, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_batch_merge(
        batch: *mut Batch, family: *mut Family, key: Slice, operand: Slice, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_batch_delete(batch: *mut Batch, family: *mut Family, key: Slice, status: *mut Status) -> i32;
    pub fn fsb_engine_batch_delete_range(
        batch: *mut Batch, family: *mut Family, begin: Slice, end: Slice, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_write(engine: *mut Engine, flags: u32, batch: *mut Batch, status: *mut Status) -> i32;

    pub fn fsb_engine_get(
        engine: *mut Engine, family: *mut Family, snapshot: *const Snapshot, key: *const u8, key_length: usize,
        target: *mut u8, capacity: usize, length: *mut usize, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_get_pinned(
        engine: *mut Engine, family: *mut Family, snapshot: *const Snapshot, key: *const u8, key_length: usize,
        out: *mut *mut Pinned, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_get_appended(
        engine: *mut Engine, family: *mut Family, key: Slice, out: *mut *mut Pinned, joined: *mut Joined,
        status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_pinned_bytes(value: *const Pinned) -> Slice;
    pub fn fsb_engine_pinned_release(value: *mut Pinned);
    pub fn fsb_engine_multi_get(
        engine: *mut Engine, family: *mut Family, snapshot: *const Snapshot, keys: *const Slice, count: usize,
        target: *mut u8, capacity: usize, length: *mut usize, status: *mut Status,
    ) -> i32;

    pub fn fsb_engine_iterator_create(
        engine: *mut Engine, family: *mut Family, snapshot: *const Snapshot, lower: Slice, upper: Slice,
        fill_cache: u8, out: *mut *mut Iterator, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_iterator_destroy(iterator: *mut Iterator);
    pub fn fsb_engine_iterator_seek_to_first(iterator: *mut Iterator, status: *mut Status) -> i32;
    pub fn fsb_engine_iterator_seek_to_last(iterator: *mut Iterator, status: *mut Status) -> i32;
    pub fn fsb_engine_iterator_seek(iterator: *mut Iterator, key: Slice, status: *mut Status) -> i32;
    pub fn fsb_engine_iterator_seek_for_prev(iterator: *mut Iterator, key: Slice, status: *mut Status) -> i32;
    pub fn fsb_engine_iterator_page(
        iterator: *mut Iterator, forward: u8, target: *mut u8, capacity: usize, length: *mut usize,
        row_count: *mut usize, status: *mut Status,
    ) -> i32;

    pub fn fsb_engine_snapshot_create(engine: *mut Engine) -> *const Snapshot;
    pub fn fsb_engine_snapshot_release(engine: *mut Engine, snapshot: *const Snapshot);
    pub fn fsb_engine_snapshot_sequence(snapshot: *const Snapshot) -> u64;

    pub fn fsb_engine_flush(
        engine: *mut Engine, families: *const *mut Family, count: usize, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_compact(
        engine: *mut Engine, family: *mut Family, begin: Slice, has_begin: u8, end: Slice, has_end: u8,
        status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_sync_wal(engine: *mut Engine, status: *mut Status) -> i32;
    pub fn fsb_engine_verify_checksums(engine: *mut Engine, status: *mut Status) -> i32;
    pub fn fsb_engine_set_options(
        engine: *mut Engine, family: *mut Family, names: *const Slice, values: *const Slice, count: usize,
        status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_property(
        engine: *mut Engine, family: *mut Family, name: Slice, text: *mut *mut c_char, length: *mut usize,
        status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_integer_property(
        engine: *mut Engine, family: *mut Family, name: Slice, value: *mut u64, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_flushed_sequence(engine: *mut Engine, sequence: *mut u64, status: *mut Status) -> i32;
    pub fn fsb_engine_delete_files_outside(
        engine: *mut Engine, family: *mut Family, begin: Slice, end: Slice, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_clip(
        engine: *mut Engine, family: *mut Family, begin: Slice, end: Slice, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_import_family(
        engine: *mut Engine, name: Slice, options: Slice, table: Slice, cache: *const Cache, hooks: *const FilterHooks,
        filter_slot: *const c_void, engines: *const *mut Engine, families: *const *mut Family, count: usize,
        out: *mut *mut Family, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_live_files(
        engine: *mut Engine, each: extern "C" fn(*mut c_void, *const LiveFile), context: *mut c_void,
        status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_hold_files(engine: *mut Engine, status: *mut Status) -> i32;
    pub fn fsb_engine_release_files(engine: *mut Engine, status: *mut Status) -> i32;
    pub fn fsb_engine_latest_sequence(engine: *const Engine) -> u64;
    pub fn fsb_engine_system_millis() -> i64;
    pub fn fsb_engine_aggregated_property(
        engine: *mut Engine, name: Slice, value: *mut u64, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_write_wait(engine: *mut Engine, micros: *mut u64, status: *mut Status) -> i32;
    pub fn fsb_engine_read_events(engine: *mut Engine, events: *mut Events, status: *mut Status) -> i32;
    pub fn fsb_engine_sealed_memtables(engine: *const Engine) -> u64;
    pub fn fsb_engine_process_cpu_micros() -> u64;
    pub fn fsb_engine_log(engine: *mut Engine, is_warning: u8, line: Slice, status: *mut Status) -> i32;
    pub fn fsb_engine_keeps_statistics(engine: *const Engine) -> u8;
    pub fn fsb_engine_ticker(engine: *const Engine, name: Slice, count: *mut u64, status: *mut Status) -> i32;
    pub fn fsb_engine_histogram_read(
        engine: *const Engine, name: Slice, histogram: *mut Histogram, status: *mut Status,
    ) -> i32;
    pub fn fsb_engine_statistic_name(is_histogram: u8, at: usize, name: *mut Slice) -> u8;
}
