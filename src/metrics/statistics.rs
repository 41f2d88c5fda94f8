//! [`Statistics`]: the backend in figures, all measured.

use super::histogram::Latency;
use crate::backend::Backend;
use crate::error::Result;

/// The backend in figures, over all column families. What cannot be measured is `None` or NaN, never a guess.
///
/// Sizes in bytes, latencies in milliseconds of sampled calls through the C ABI over the last window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// Block cache, memtables not charged to it, table readers and row caches; each counted once.
    pub memory_usage_bytes: u64,
    /// In use in the block cache, shared or own; `None` without a cache.
    pub block_cache_usage_bytes: Option<u64>,
    /// Of that, pinned by readers.
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
}

impl Backend {
    /// Measures the backend, in one pass and without reading rows.
    ///
    /// # Errors
    /// [`Error::Engine`](crate::Error::Engine) when the log files cannot be listed.
    pub fn statistics(&self) -> Result<Statistics> {
        let database = self.database();
        let sum = |name: &str| database.sum_of_property(name);
        let whole = |name: &str| database.property_of_whole(name);
        let activity = self.metrics().activity();
        let totals = self.metrics().totals();
        let cache = database.cache_usage();
        let memtable_bytes = sum("rocksdb.size-all-mem-tables");
        let table_reader_bytes = sum("rocksdb.estimate-table-readers-mem");
        let rows = self.cache_figures();
        let charged = database.resources().charges_memtables_to_cache();
        let outside_cache = if charged { 0 } else { memtable_bytes };
        let (sst_bytes, blob_bytes) = (sum("rocksdb.live-sst-files-size"), sum("rocksdb.live-blob-file-size"));
        let wal_bytes = database.wal_bytes()?;
        Ok(Statistics {
            memory_usage_bytes: cache.map_or(0, |cache| cache.usage_bytes)
                + outside_cache
                + table_reader_bytes
                + rows.bytes
                + rows.timer_bytes,
            block_cache_usage_bytes: cache.map(|cache| cache.usage_bytes),
            block_cache_pinned_bytes: cache.map(|cache| cache.pinned_bytes),
            block_cache_capacity_bytes: cache.map(|cache| cache.capacity_bytes),
            memtable_bytes,
            table_reader_bytes,
            disk_usage_bytes: sst_bytes + blob_bytes + wal_bytes,
            sst_bytes,
            blob_bytes,
            wal_bytes,
            pending_compaction_bytes: sum("rocksdb.estimate-pending-compaction-bytes"),
            window_millis: activity.window_millis,
            rows_written: totals.rows_written,
            rows_read: totals.rows_read,
            writes_per_second: activity.writes_per_second,
            reads_per_second: activity.reads_per_second,
            write_latency_ms: values(&activity.write_latency),
            read_latency_ms: values(&activity.read_latency),
            cpu_usage_percent: activity.cpu_percent,
            write_stopped: whole("rocksdb.is-write-stopped") != 0,
            delayed_write_rate_bytes_per_second: whole("rocksdb.actual-delayed-write-rate"),
            level0_file_count: database.level0_file_count(),
            immutable_memtable_count: sum("rocksdb.num-immutable-mem-table"),
            running_flushes: whole("rocksdb.num-running-flushes"),
            running_compactions: whole("rocksdb.num-running-compactions"),
            ttl_dropped_rows: self.expired().rows(),
            ttl_dropped_bytes: self.expired().bytes(),
            row_cache_bytes: rows.bytes,
            row_cache_capacity_bytes: rows.capacity_bytes,
            row_cache_hits: rows.hits,
            row_cache_misses: rows.misses,
        })
    }
}

fn values(latency: &Latency) -> [f64; 4] {
    [latency.mean, latency.p50, latency.p99, latency.max]
}
