using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Turns the library's statistics into the public ones.</summary>
internal static class StatisticsReading
{
    /// <summary>Converts one reading.</summary>
    public static RocksDBStatistics From(in fsb_statistics native)
    {
        var notMeasured = new List<string>();
        return new RocksDBStatistics
        {
            MemoryUsage = Required(native.memory_usage_bytes, nameof(RocksDBStatistics.MemoryUsage), notMeasured),
            DiskUsage = Required(native.disk_usage_bytes, nameof(RocksDBStatistics.DiskUsage), notMeasured),
            AverageWriteLatencyMs = Required(native.average_write_latency_ms, nameof(RocksDBStatistics.AverageWriteLatencyMs), notMeasured),
            AverageReadLatencyMs = Required(native.average_read_latency_ms, nameof(RocksDBStatistics.AverageReadLatencyMs), notMeasured),
            WritesPerSecond = (long)Math.Round(Required(native.writes_per_second, nameof(RocksDBStatistics.WritesPerSecond), notMeasured)),
            ReadsPerSecond = (long)Math.Round(Required(native.reads_per_second, nameof(RocksDBStatistics.ReadsPerSecond), notMeasured)),
            CpuUsagePercent = Required(native.cpu_usage_percent, nameof(RocksDBStatistics.CpuUsagePercent), notMeasured),
            PendingCompactionBytes = Required(native.pending_compaction_bytes, nameof(RocksDBStatistics.PendingCompactionBytes), notMeasured),
            BlockCacheUsageBytes = Required(native.block_cache_usage_bytes, nameof(RocksDBStatistics.BlockCacheUsageBytes), notMeasured),
            NotMeasured = notMeasured,
            Window = TimeSpan.FromMilliseconds(native.window_millis),
            BlockCachePinnedBytes = Optional(native.block_cache_pinned_bytes),
            BlockCacheCapacityBytes = Optional(native.block_cache_capacity_bytes),
            MemtableBytes = Optional(native.memtable_bytes),
            TableReaderBytes = Optional(native.table_reader_bytes),
            SstBytes = Optional(native.sst_bytes),
            BlobBytes = Optional(native.blob_bytes),
            WalBytes = Optional(native.wal_bytes),
            RowsWritten = Optional(native.rows_written),
            RowsRead = Optional(native.rows_read),
            P50WriteLatencyMs = Optional(native.p50_write_latency_ms),
            P99WriteLatencyMs = Optional(native.p99_write_latency_ms),
            MaxWriteLatencyMs = Optional(native.max_write_latency_ms),
            P50ReadLatencyMs = Optional(native.p50_read_latency_ms),
            P99ReadLatencyMs = Optional(native.p99_read_latency_ms),
            MaxReadLatencyMs = Optional(native.max_read_latency_ms),
            WriteStopped = Optional(native.write_stopped) is { } stopped ? stopped != 0 : null,
            DelayedWriteRateBytesPerSecond = Optional(native.delayed_write_rate_bytes_per_second),
            Level0FileCount = Optional(native.level0_file_count),
            ImmutableMemtableCount = Optional(native.immutable_memtable_count),
            RunningFlushes = Optional(native.running_flushes),
            RunningCompactions = Optional(native.running_compactions),
            TtlDroppedRows = Optional(native.ttl_dropped_rows),
            TtlDroppedBytes = Optional(native.ttl_dropped_bytes),
            RowCacheBytes = Optional(native.row_cache_bytes),
            RowCacheCapacityBytes = Optional(native.row_cache_capacity_bytes),
            RowCacheHits = Optional(native.row_cache_hits),
            RowCacheMisses = Optional(native.row_cache_misses),
            UnchargedMemtableBytes = Optional(native.uncharged_memtable_bytes),
            TimerBytes = Optional(native.timer_bytes),
            PendingFlushes = Optional(native.pending_flushes),
            PendingCompactions = Optional(native.pending_compactions),
            CompletedFlushes = Optional(native.completed_flushes),
            CompletedCompactions = Optional(native.completed_compactions),
            SealedMemtables = Optional(native.sealed_memtables),
            MeanFlushMs = Optional(native.mean_flush_ms),
            StallCount = Optional(native.stall_count),
            StallTime = Micros(native.stall_micros),
            StopCount = Optional(native.stop_count),
            StopTime = Micros(native.stop_micros),
            WriteWaitTime = Micros(native.write_wait_micros),
            BusyMsPerSecond = Optional(native.busy_ms_per_second),
            IdleMsPerSecond = Optional(native.idle_ms_per_second),
            BackPressuredMsPerSecond = Optional(native.back_pressured_ms_per_second),
        }.WithCheckpoints(native);
    }

    private static RocksDBStatistics WithCheckpoints(this RocksDBStatistics statistics, in fsb_statistics native)
    {
        statistics.CompletedCheckpoints = Optional(native.completed_checkpoints);
        statistics.FailedCheckpoints = Optional(native.failed_checkpoints);
        statistics.LastCheckpointId = Optional(native.last_checkpoint_id);
        statistics.LastCheckpointSyncDuration = Micros(native.last_checkpoint_sync_micros);
        statistics.LastCheckpointAsyncDuration = Micros(native.last_checkpoint_async_micros);
        statistics.LastCheckpointNewBytes = Optional(native.last_checkpoint_new_bytes);
        statistics.LastCheckpointTotalBytes = Optional(native.last_checkpoint_total_bytes);
        return statistics;
    }

    private static long? Optional(ulong value) => value == NativeMethods.FSB_NOT_MEASURED ? null : (long)Math.Min(value, long.MaxValue);

    private static TimeSpan? Micros(ulong value) => Optional(value) is { } micros ? TimeSpan.FromMicroseconds(micros) : null;

    private static double? Optional(double value) => double.IsFinite(value) ? value : null;

    private static long Required(ulong value, string name, List<string> notMeasured) => OrZero(Optional(value), name, notMeasured);

    private static double Required(double value, string name, List<string> notMeasured) => OrZero(Optional(value), name, notMeasured);

    private static T OrZero<T>(T? value, string name, List<string> notMeasured)
        where T : struct
    {
        if (value is null) notMeasured.Add(name);
        return value ?? default;
    }
}
