//! `fsb_statistics`: the backend in figures.

use super::backend::fsb_backend;
use super::error::fsb_error;
use super::guard;
use super::sized::{self, end_of};
use super::status::fsb_status;
use super::version::FSB_NOT_MEASURED;
use crate::metrics::statistics::{LastCheckpoint, Statistics};

/// A backend in figures, over all its column families. Integers that could not be measured are FSB_NOT_MEASURED, floating-point
/// figures NaN. Latencies are of sampled calls (one in 64) of the last ten seconds, NaN when none was sampled.
#[repr(C)]
pub struct fsb_statistics {
    /// Size of this struct in bytes, set by the caller.
    pub struct_size: u32,
    /// Length of the window of the rates, in milliseconds; at most about 10,000, shorter while the backend is young.
    pub window_millis: u32,
    /// Block cache, memtables that are not charged to it, table readers, row caches and timers; each counted once.
    pub memory_usage_bytes: u64,
    /// In use in the block cache; the whole of a shared one.
    pub block_cache_usage_bytes: u64,
    /// Of that, pinned by readers; counted at most a second ago.
    pub block_cache_pinned_bytes: u64,
    /// Room in the block cache.
    pub block_cache_capacity_bytes: u64,
    /// Memtables, active and waiting for their flush.
    pub memtable_bytes: u64,
    /// Index and filter blocks outside the block cache.
    pub table_reader_bytes: u64,
    /// Live table, blob and write-ahead log files.
    pub disk_usage_bytes: u64,
    /// Of that, table files.
    pub sst_bytes: u64,
    /// Of that, blob files.
    pub blob_bytes: u64,
    /// Of that, write-ahead log files.
    pub wal_bytes: u64,
    /// Bytes that compaction has still to rewrite, RocksDB's estimate.
    pub pending_compaction_bytes: u64,
    /// Rows written since open, exactly; each operation of a batch is one.
    pub rows_written: u64,
    /// Rows read since open, exactly; each key of a multi-get and each row of a page is one.
    pub rows_read: u64,
    /// Rows written per second of the window.
    pub writes_per_second: f64,
    /// Rows read per second of the window.
    pub reads_per_second: f64,
    /// Mean time of a write, in milliseconds.
    pub average_write_latency_ms: f64,
    /// Median time of a write, in milliseconds, at most 25 % too high.
    pub p50_write_latency_ms: f64,
    /// 99th percentile of the time of a write, in milliseconds, at most 25 % too high.
    pub p99_write_latency_ms: f64,
    /// Longest time of a sampled write, in milliseconds.
    pub max_write_latency_ms: f64,
    /// Mean time of a read, in milliseconds.
    pub average_read_latency_ms: f64,
    /// Median time of a read, in milliseconds, at most 25 % too high.
    pub p50_read_latency_ms: f64,
    /// 99th percentile of the time of a read, in milliseconds, at most 25 % too high.
    pub p99_read_latency_ms: f64,
    /// Longest time of a sampled read, in milliseconds.
    pub max_read_latency_ms: f64,
    /// CPU time of the process over the window, in percent of all logical cores.
    pub cpu_usage_percent: f64,
    /// 1 while RocksDB has stopped writes.
    pub write_stopped: u64,
    /// Bytes per second to which RocksDB delays writes; 0 when it does not.
    pub delayed_write_rate_bytes_per_second: u64,
    /// Files of level 0, over all families.
    pub level0_file_count: u64,
    /// Memtables waiting for their flush.
    pub immutable_memtable_count: u64,
    /// Flushes under way.
    pub running_flushes: u64,
    /// Compactions under way.
    pub running_compactions: u64,
    /// Rows, map entries and list elements with a ttl that compactions removed since open. A version of a row that was written over
    /// in the meantime counts as well, and so does again what a compaction that failed had removed.
    pub ttl_dropped_rows: u64,
    /// Bytes of their keys and values; of list elements that leave others behind, of themselves.
    pub ttl_dropped_bytes: u64,
    /// Taken by the row caches of keyed state.
    pub row_cache_bytes: u64,
    /// Room in the row caches of the keyed backends that are open.
    pub row_cache_capacity_bytes: u64,
    /// Reads of keyed state that the row caches answered, since the backend was opened.
    pub row_cache_hits: u64,
    /// Reads of keyed state that went past a row cache, since the backend was opened.
    pub row_cache_misses: u64,
    /// Memtables that are not charged to the block cache, and so count in the memory beside it.
    pub uncharged_memtable_bytes: u64,
    /// Taken by the order of timers in memory.
    pub timer_bytes: u64,
    /// Column families with memtables that wait for their flush to begin.
    pub pending_flushes: u64,
    /// Column families in which a compaction is due.
    pub pending_compactions: u64,
    /// Flushes since open, each of one column family.
    pub completed_flushes: u64,
    /// Compactions since open.
    pub completed_compactions: u64,
    /// Memtables that were full, or sealed by a flush, since open.
    pub sealed_memtables: u64,
    /// Mean time of a flush, in milliseconds: the last one weighs a quarter, those before it the rest; NaN before the first.
    pub mean_flush_ms: f64,
    /// Times that RocksDB began to delay or stop writes since open.
    pub stall_count: u64,
    /// For which it did, in microseconds since open, whether or not writes came; goes on while it does.
    pub stall_micros: u64,
    /// Times that it stopped them.
    pub stop_count: u64,
    /// For which it had them stopped, in microseconds since open.
    pub stop_micros: u64,
    /// For which writes waited because of that, in microseconds since open, by RocksDB's own count: of those that lead a group of
    /// writes, each once it has waited.
    pub write_wait_micros: u64,
    /// Milliseconds of each second of the window in which calls were at work. Estimated: the number of calls by the mean time of the
    /// sampled ones, added over threads up to a whole second. NaN when none of the calls was sampled, or no time has passed.
    pub busy_ms_per_second: f64,
    /// Milliseconds of each second that remain: busy, idle and back-pressured sum to 1000.
    pub idle_ms_per_second: f64,
    /// Milliseconds of each second in which RocksDB had stopped writes or let them wait; not sampled.
    pub back_pressured_ms_per_second: f64,
    /// Checkpoints published since open.
    pub completed_checkpoints: u64,
    /// Checkpoints that failed or passed their deadline since open; not those that were cancelled.
    pub failed_checkpoints: u64,
    /// Id of the last one published; FSB_NOT_MEASURED before the first, as all below.
    pub last_checkpoint_id: u64,
    /// How long writers waited for it, in microseconds.
    pub last_checkpoint_sync_micros: u64,
    /// From then on until it was published, in microseconds.
    pub last_checkpoint_async_micros: u64,
    /// Bytes that were stored for it, and not already for another checkpoint.
    pub last_checkpoint_new_bytes: u64,
    /// Bytes of all its files.
    pub last_checkpoint_total_bytes: u64,
}

// SAFETY: `repr(C)` with the size first; numbers only.
unsafe impl sized::StatesSize for fsb_statistics {
    const FIRST_SIZE: usize = end_of!(Self, running_compactions: u64);
}

impl From<Statistics> for fsb_statistics {
    fn from(measured: Statistics) -> Self {
        let [average_write_latency_ms, p50_write_latency_ms, p99_write_latency_ms, max_write_latency_ms] =
            measured.write_latency_ms;
        let [average_read_latency_ms, p50_read_latency_ms, p99_read_latency_ms, max_read_latency_ms] =
            measured.read_latency_ms;
        let last = |field: fn(LastCheckpoint) -> u64| measured.last_checkpoint.map_or(FSB_NOT_MEASURED, field);
        Self {
            struct_size: 0, // what is written, by `SizedOut::set`
            window_millis: u32::try_from(measured.window_millis).unwrap_or(u32::MAX),
            memory_usage_bytes: measured.memory_usage_bytes,
            block_cache_usage_bytes: measured.block_cache_usage_bytes.unwrap_or(FSB_NOT_MEASURED),
            block_cache_pinned_bytes: measured.block_cache_pinned_bytes.unwrap_or(FSB_NOT_MEASURED),
            block_cache_capacity_bytes: measured.block_cache_capacity_bytes.unwrap_or(FSB_NOT_MEASURED),
            memtable_bytes: measured.memtable_bytes,
            table_reader_bytes: measured.table_reader_bytes,
            disk_usage_bytes: measured.disk_usage_bytes,
            sst_bytes: measured.sst_bytes,
            blob_bytes: measured.blob_bytes,
            wal_bytes: measured.wal_bytes,
            pending_compaction_bytes: measured.pending_compaction_bytes,
            rows_written: measured.rows_written,
            rows_read: measured.rows_read,
            writes_per_second: measured.writes_per_second,
            reads_per_second: measured.reads_per_second,
            average_write_latency_ms,
            p50_write_latency_ms,
            p99_write_latency_ms,
            max_write_latency_ms,
            average_read_latency_ms,
            p50_read_latency_ms,
            p99_read_latency_ms,
            max_read_latency_ms,
            cpu_usage_percent: measured.cpu_usage_percent,
            write_stopped: u64::from(measured.write_stopped),
            delayed_write_rate_bytes_per_second: measured.delayed_write_rate_bytes_per_second,
            level0_file_count: measured.level0_file_count,
            immutable_memtable_count: measured.immutable_memtable_count,
            running_flushes: measured.running_flushes,
            running_compactions: measured.running_compactions,
            ttl_dropped_rows: measured.ttl_dropped_rows,
            ttl_dropped_bytes: measured.ttl_dropped_bytes,
            row_cache_bytes: measured.row_cache_bytes,
            row_cache_capacity_bytes: measured.row_cache_capacity_bytes,
            row_cache_hits: measured.row_cache_hits,
            row_cache_misses: measured.row_cache_misses,
            uncharged_memtable_bytes: measured.uncharged_memtable_bytes,
            timer_bytes: measured.timer_bytes,
            pending_flushes: measured.pending_flushes,
            pending_compactions: measured.pending_compactions,
            completed_flushes: measured.completed_flushes,
            completed_compactions: measured.completed_compactions,
            sealed_memtables: measured.sealed_memtables,
            mean_flush_ms: measured.mean_flush_ms,
            stall_count: measured.stall_count,
            stall_micros: measured.stall_micros,
            stop_count: measured.stop_count,
            stop_micros: measured.stop_micros,
            write_wait_micros: measured.write_wait_micros.unwrap_or(FSB_NOT_MEASURED),
            busy_ms_per_second: measured.busy_ms_per_second,
            idle_ms_per_second: measured.idle_ms_per_second,
            back_pressured_ms_per_second: measured.back_pressured_ms_per_second,
            completed_checkpoints: measured.completed_checkpoints,
            failed_checkpoints: measured.failed_checkpoints,
            last_checkpoint_id: last(|checkpoint| checkpoint.id),
            last_checkpoint_sync_micros: last(|checkpoint| checkpoint.sync_micros),
            last_checkpoint_async_micros: last(|checkpoint| checkpoint.async_micros),
            last_checkpoint_new_bytes: last(|checkpoint| checkpoint.new_bytes),
            last_checkpoint_total_bytes: last(|checkpoint| checkpoint.total_bytes),
        }
    }
}

/// Measures a backend, in one call and without reading rows.
///
/// Parameters: `statistics->struct_size` is set by the caller, and written as all else. Returns: FSB_STATUS_OK;
/// FSB_STATUS_INVALID_HANDLE; FSB_STATUS_INVALID_ARGUMENT for null or too small a struct_size; FSB_STATUS_CLOSED;
/// an engine status. Threads: any.
#[no_mangle]
pub unsafe extern "C" fn fsb_backend_statistics(
    backend: *const fsb_backend, statistics: *mut fsb_statistics, error: *mut *mut fsb_error,
) -> fsb_status {
    guard::shared("fsb_backend_statistics", backend, error, |backend| {
        // SAFETY: the header asks for a struct of the size it states at `statistics`.
        let out = unsafe { sized::out(statistics, "statistics")? };
        out.set(backend.statistics()?.into());
        Ok(fsb_status::Ok)
    })
}
