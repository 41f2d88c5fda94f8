//! [`Statistics`]: the backend in figures, all measured.

use std::time::Duration;

use serde::Serialize;

use super::histogram::Latency;
use crate::backend::Backend;
use crate::checkpoint::Report;
use crate::db::engine::Events;
use crate::error::Result;

/// The backend in figures, over all column families. What cannot be measured is `None` or NaN, never a guess.
///
/// Sizes in bytes, latencies in milliseconds of sampled calls through the C ABI over the last window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Statistics {
    /// Block cache, memtables not charged to it, table readers, row caches and timers; each counted once.
    pub memory_usage_bytes: u64,
    /// In use in the block cache, shared or own; `None` without a cache.
    pub block_cache_usage_bytes: Option<u64>,
    /// Of that, pinned by readers; counted at most a second ago.
    pub block_cache_pinned_bytes: Option<u64>,
    /// Room in the block cache.
    pub block_cache_capacity_bytes: Option<u64>,
    /// Memtables, active and waiting for their flush.
    pub memtable_bytes: u64,
    /// Index and filter blocks outside the block cache.
    pub table_reader_bytes: u64,
    /// Table, blob and log files that are live.
    pub disk_usage_bytes: u64,
    /// Of that, table files.
    pub sst_bytes: u64,
    /// Of that, blob files.
    pub blob_bytes: u64,
    /// Of that, write-ahead log files.
    pub wal_bytes: u64,
    /// Bytes that compaction still has to rewrite, as the engine estimates.
    pub pending_compaction_bytes: u64,
    /// Length of the window of the rates, in milliseconds; shorter while the backend is young.
    pub window_millis: u64,
    /// Rows written since the backend was opened, exactly.
    pub rows_written: u64,
    /// Rows read since the backend was opened, exactly.
    pub rows_read: u64,
    /// Rows written per second of the window.
    pub writes_per_second: f64,
    /// Rows read per second of the window.
    pub reads_per_second: f64,
    /// Mean, median, 99th percentile and largest of the sampled writes.
    pub write_latency_ms: [f64; 4],
    /// Mean, median, 99th percentile and largest of the sampled reads.
    pub read_latency_ms: [f64; 4],
    /// CPU time of the process over the window, of all logical cores.
    pub cpu_usage_percent: f64,
    /// The engine has stopped writes.
    pub write_stopped: bool,
    /// Bytes per second to which the engine delays writes; 0 when it does not.
    pub delayed_write_rate_bytes_per_second: u64,
    /// Files of level 0.
    pub level0_file_count: u64,
    /// Memtables waiting for their flush.
    pub immutable_memtable_count: u64,
    /// Flushes under way.
    pub running_flushes: u64,
    /// Compactions under way.
    pub running_compactions: u64,
    /// Rows, map entries and list elements with a ttl that compactions removed since the backend was opened. A version of a row that was
    /// written over in the meantime counts as well, and so does again what a compaction that failed had removed.
    pub ttl_dropped_rows: u64,
    /// Bytes of their keys and values.
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
    pub write_wait_micros: Option<u64>,
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
    /// The last one published; `None` before the first.
    pub last_checkpoint: Option<LastCheckpoint>,
}

/// The last checkpoint that was published since open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LastCheckpoint {
    /// Its id.
    pub id: u64,
    /// How long writers waited, in microseconds.
    pub sync_micros: u64,
    /// From then on until it was published, in microseconds.
    pub async_micros: u64,
    /// Bytes that were stored for it, and not already for another checkpoint.
    pub new_bytes: u64,
    /// Bytes of all its files.
    pub total_bytes: u64,
}

impl From<Report> for LastCheckpoint {
    fn from(report: Report) -> Self {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self {
            id: report.id,
            sync_micros: micros(report.sync_time),
            async_micros: micros(report.async_time),
            new_bytes: report.new_bytes,
            total_bytes: report.total_bytes,
        }
    }
}

impl Backend {
    /// Measures the backend, in one pass and without reading rows.
    ///
    /// # Errors
    /// [`Error::File`](crate::Error::File) when the log files cannot be listed; [`Error::Engine`](crate::Error::Engine) when memory runs out.
    pub fn statistics(&self) -> Result<Statistics> {
        let database = self.database();
        let sum = |name: &str| database.sum_of_property(name);
        let whole = |name: &str| database.property_of_whole(name);
        let events = database.events()?;
        let write_wait_micros = database.write_wait_micros()?;
        let activity = self.metrics().activity(write_wait_micros, events.stop_micros);
        let backlog = database.backlog();
        let totals = self.metrics().totals();
        let rows = self.cache_figures();
        let checkpoints = self.coordinator().figures();
        let memory = self.memory();
        let (sst_bytes, blob_bytes) = (sum("rocksdb.live-sst-files-size"), sum("rocksdb.live-blob-file-size"));
        let wal_bytes = database.wal_bytes()?;
        Ok(Statistics {
            memory_usage_bytes: memory.total_bytes(),
            block_cache_usage_bytes: memory.cache,
            block_cache_pinned_bytes: database.cache_pinned_bytes(),
            block_cache_capacity_bytes: database.cache_capacity_bytes(),
            memtable_bytes: memory.memtables,
            table_reader_bytes: memory.table_readers,
            disk_usage_bytes: sst_bytes + blob_bytes + wal_bytes,
            sst_bytes,
            blob_bytes,
            wal_bytes,
            pending_compaction_bytes: backlog.pending_compaction_bytes,
            window_millis: activity.window_millis,
            rows_written: totals.rows_written,
            rows_read: totals.rows_read,
            writes_per_second: activity.writes_per_second,
            reads_per_second: activity.reads_per_second,
            write_latency_ms: values(&activity.write_latency),
            read_latency_ms: values(&activity.read_latency),
            cpu_usage_percent: activity.cpu_percent,
            write_stopped: events.write_stopped != 0,
            delayed_write_rate_bytes_per_second: events.delayed_write_rate,
            level0_file_count: backlog.level0_files,
            immutable_memtable_count: backlog.immutable_memtables,
            running_flushes: whole("rocksdb.num-running-flushes"),
            running_compactions: whole("rocksdb.num-running-compactions"),
            ttl_dropped_rows: self.expired().rows(),
            ttl_dropped_bytes: self.expired().bytes(),
            row_cache_bytes: memory.row_caches,
            row_cache_capacity_bytes: rows.capacity_bytes,
            row_cache_hits: rows.hits,
            row_cache_misses: rows.misses,
            uncharged_memtable_bytes: memory.uncharged_memtables,
            timer_bytes: memory.timers,
            pending_flushes: sum("rocksdb.mem-table-flush-pending"),
            pending_compactions: sum("rocksdb.compaction-pending"),
            completed_flushes: events.flush_count,
            completed_compactions: events.compaction_count,
            sealed_memtables: events.sealed_memtable_count,
            mean_flush_ms: mean_flush_ms(&events),
            stall_count: events.stall_count,
            stall_micros: events.stall_micros,
            stop_count: events.stop_count,
            stop_micros: events.stop_micros,
            write_wait_micros,
            busy_ms_per_second: activity.shares.busy,
            idle_ms_per_second: activity.shares.idle,
            back_pressured_ms_per_second: activity.shares.back_pressured,
            completed_checkpoints: checkpoints.completed,
            failed_checkpoints: checkpoints.failed,
            last_checkpoint: checkpoints.last.map(LastCheckpoint::from),
        })
    }
}

/// Mean time of a flush in milliseconds, NaN before the first.
pub(crate) fn mean_flush_ms(events: &Events) -> f64 {
    match events.mean_flush_micros {
        0 => f64::NAN,
        micros => micros as f64 / 1000.0,
    }
}

fn values(latency: &Latency) -> [f64; 4] {
    [latency.mean, latency.p50, latency.p99, latency.max]
}
