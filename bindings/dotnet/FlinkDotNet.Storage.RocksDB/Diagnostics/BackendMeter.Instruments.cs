namespace FlinkDotNet.Storage.RocksDB;

/// <content>
/// What is reported. Names follow OpenTelemetry's rules, units are UCUM. What may be added up over backends is a counter; memory is not,
/// because backends may share a block cache.
/// </content>
internal sealed partial class BackendMeter
{
    private void CreateInstruments()
    {
        CreateMemory();
        CreateDisk();
        CreateCalls();
        CreateRowCache();
        CreateFlushes();
        CreateCompactions();
        CreateStalls();
        CreatePressure();
        CreateCheckpoints();
    }

    private void CreateMemory()
    {
        Gauge(
            "flink.state_backend.memory.usage", "By", "Memory in use: the block cache with the memtables charged to it, and what lies outside it.",
            static f => f.Measured(f.Statistics.MemoryUsage, nameof(RocksDBStatistics.MemoryUsage)));
        Gauge(
            "flink.state_backend.block_cache.usage", "By", "Memory in use by the block cache, by all backends that share it.",
            static f => f.Measured(f.Statistics.BlockCacheUsageBytes, nameof(RocksDBStatistics.BlockCacheUsageBytes)));
        Gauge(
            "flink.state_backend.block_cache.pinned", "By", "Memory of the block cache that readers and pinned values hold.",
            static f => f.Statistics.BlockCachePinnedBytes);
        Gauge("flink.state_backend.block_cache.limit", "By", "Size of the block cache.", static f => f.Statistics.BlockCacheCapacityBytes);
        UpDownCounter("flink.state_backend.memtable.usage", "By", "Memory of all memtables.", static f => f.Statistics.MemtableBytes);
        UpDownCounter(
            "flink.state_backend.table_reader.usage", "By", "Memory of open tables outside the block cache.",
            static f => f.Statistics.TableReaderBytes);
        UpDownCounter("flink.state_backend.timer.usage", "By", "Memory of the order of timers.", static f => f.Statistics.TimerBytes);
    }

    private void CreateDisk()
    {
        UpDownCounter(
            "flink.state_backend.disk.usage", "By", "Live data on disk: tables, blobs and write-ahead log.",
            static f => f.Measured(f.Statistics.DiskUsage, nameof(RocksDBStatistics.DiskUsage)));
        UpDownCounter("flink.state_backend.disk.sst", "By", "Table files.", static f => f.Statistics.SstBytes);
        UpDownCounter("flink.state_backend.disk.blob", "By", "Blob files.", static f => f.Statistics.BlobBytes);
        UpDownCounter("flink.state_backend.disk.wal", "By", "Write-ahead log.", static f => f.Statistics.WalBytes);
        Counter(
            "flink.state_backend.ttl.dropped_rows", "{row}", "Rows that compaction dropped because their time-to-live had passed.",
            static f => f.Statistics.TtlDroppedRows);
        Counter(
            "flink.state_backend.ttl.dropped", "By", "Bytes that compaction dropped because their time-to-live had passed.",
            static f => f.Statistics.TtlDroppedBytes);
    }

    private void CreateCalls()
    {
        Counter("flink.state_backend.rows.written", "{row}", "Rows written.", static f => f.Statistics.RowsWritten);
        Counter("flink.state_backend.rows.read", "{row}", "Rows read.", static f => f.Statistics.RowsRead);
        Gauge(
            "flink.state_backend.write.duration.mean", "s", "Mean time of a write call over the window, sampled.",
            static f => Seconds(f.Measured(f.Statistics.AverageWriteLatencyMs, nameof(RocksDBStatistics.AverageWriteLatencyMs))));
        Gauge(
            "flink.state_backend.write.duration.p50", "s", "Median time of a write call over the window, sampled.",
            static f => Seconds(f.Statistics.P50WriteLatencyMs));
        Gauge(
            "flink.state_backend.write.duration.p99", "s", "Time that 99 % of write calls do not exceed over the window, sampled.",
            static f => Seconds(f.Statistics.P99WriteLatencyMs));
        Gauge(
            "flink.state_backend.write.duration.max", "s", "Largest sampled time of a write call over the window.",
            static f => Seconds(f.Statistics.MaxWriteLatencyMs));
        Gauge(
            "flink.state_backend.read.duration.mean", "s", "Mean time of a read call over the window, sampled.",
            static f => Seconds(f.Measured(f.Statistics.AverageReadLatencyMs, nameof(RocksDBStatistics.AverageReadLatencyMs))));
        Gauge(
            "flink.state_backend.read.duration.p50", "s", "Median time of a read call over the window, sampled.",
            static f => Seconds(f.Statistics.P50ReadLatencyMs));
        Gauge(
            "flink.state_backend.read.duration.p99", "s", "Time that 99 % of read calls do not exceed over the window, sampled.",
            static f => Seconds(f.Statistics.P99ReadLatencyMs));
        Gauge(
            "flink.state_backend.read.duration.max", "s", "Largest sampled time of a read call over the window.",
            static f => Seconds(f.Statistics.MaxReadLatencyMs));
        Gauge(
            "flink.state_backend.process.cpu.utilization", "1", "Processor time of the process, of all its cores.",
            static f => f.Measured(f.Statistics.CpuUsagePercent, nameof(RocksDBStatistics.CpuUsagePercent)) / 100);
        Gauge(
            "flink.state_backend.time.busy", "1", "Share of time in which calls were at work; an estimate.",
            static f => f.Statistics.BusyMsPerSecond / 1000);
        Gauge("flink.state_backend.time.idle", "1", "Share of time that remains.", static f => f.Statistics.IdleMsPerSecond / 1000);
        Gauge(
            "flink.state_backend.time.back_pressured", "1", "Share of time in which RocksDB had stopped writes or let them wait.",
            static f => f.Statistics.BackPressuredMsPerSecond / 1000);
    }

    private void CreateRowCache()
    {
        UpDownCounter(
            "flink.state_backend.row_cache.usage", "By", "Memory of the row caches of all keyed backends.",
            static f => f.Statistics.RowCacheBytes);
        UpDownCounter(
            "flink.state_backend.row_cache.limit", "By", "Size of the row caches of all keyed backends.",
            static f => f.Statistics.RowCacheCapacityBytes);
        Counter(
            "flink.state_backend.row_cache.hits", "{read}", "Reads of keyed state that a row cache answered.",
            static f => f.Statistics.RowCacheHits);
        Counter(
            "flink.state_backend.row_cache.misses", "{read}", "Reads of keyed state that went past a row cache.",
            static f => f.Statistics.RowCacheMisses);
    }

    private void CreateFlushes()
    {
        UpDownCounter(
            "flink.state_backend.memtable.immutable", "{memtable}", "Full memtables that wait for a flush.",
            static f => f.Statistics.ImmutableMemtableCount);
        Counter(
            "flink.state_backend.memtable.sealed", "{memtable}", "Memtables that were full, or sealed by a flush.",
            static f => f.Statistics.SealedMemtables);
        UpDownCounter(
            "flink.state_backend.flush.pending", "{column_family}", "Column families with memtables that wait for their flush to begin.",
            static f => f.Statistics.PendingFlushes);
        UpDownCounter("flink.state_backend.flush.running", "{flush}", "Flushes that are running.", static f => f.Statistics.RunningFlushes);
        Counter(
            "flink.state_backend.flush.completed", "{flush}", "Flushes, each of one column family.",
            static f => f.Statistics.CompletedFlushes);
        Gauge(
            "flink.state_backend.flush.duration.mean", "s", "Mean time of a flush, in which the last one weighs a quarter.",
            static f => Seconds(f.Statistics.MeanFlushMs));
    }

    private void CreateCompactions()
    {
        UpDownCounter(
            "flink.state_backend.compaction.backlog", "By", "Bytes that compaction has to rewrite to catch up, as the engine estimates them.",
            static f => f.Measured(f.Statistics.PendingCompactionBytes, nameof(RocksDBStatistics.PendingCompactionBytes)));
        UpDownCounter(
            "flink.state_backend.compaction.pending", "{column_family}", "Column families in which a compaction is due.",
            static f => f.Statistics.PendingCompactions);
        UpDownCounter(
            "flink.state_backend.compaction.running", "{compaction}", "Compactions that are running.",
            static f => f.Statistics.RunningCompactions);
        Counter("flink.state_backend.compaction.completed", "{compaction}", "Compactions.", static f => f.Statistics.CompletedCompactions);
        UpDownCounter(
            "flink.state_backend.level0.files", "{file}", "Files in level 0, over all column families.",
            static f => f.Statistics.Level0FileCount);
    }

    private void CreateStalls()
    {
        UpDownCounter(
            "flink.state_backend.write.stopped", "{backend}", "1 while RocksDB has stopped writes until it has caught up, else 0.",
            static f => f.Statistics.WriteStopped is { } stopped ? (stopped ? 1L : 0L) : (long?)null);
        Gauge(
            "flink.state_backend.write.delayed_rate", "By/s", "Rate to which RocksDB slows writes down; 0 when it does not.",
            static f => f.Statistics.DelayedWriteRateBytesPerSecond);
        Counter(
            "flink.state_backend.write.stalls", "{stall}", "How often RocksDB began to delay or stop writes.",
            static f => f.Statistics.StallCount);
        Counter(
            "flink.state_backend.write.stall_time", "s", "Time for which RocksDB delayed or stopped writes, whether or not writes came.",
            static f => f.Statistics.StallTime?.TotalSeconds);
        Counter("flink.state_backend.write.stops", "{stop}", "How often RocksDB stopped writes.", static f => f.Statistics.StopCount);
        Counter(
            "flink.state_backend.write.stop_time", "s", "Time for which RocksDB had stopped writes.",
            static f => f.Statistics.StopTime?.TotalSeconds);
        Counter(
            "flink.state_backend.write.wait_time", "s", "Time for which writes waited because RocksDB delayed or stopped them.",
            static f => f.Statistics.WriteWaitTime?.TotalSeconds);
    }

    private void CreatePressure()
    {
        Gauge(
            "flink.state_backend.pressure.level", "1", "FLINK.NET's level: the mean of memory, write latency and pending compaction, each of its reference.",
            static f => f.Pressure?.Level);
        Gauge(
            "flink.state_backend.pressure.effective", "1", "The largest of the level and the engine's own limits; 1 while writes are stopped.",
            static f => f.Pressure?.Effective);
        Gauge(
            "flink.state_backend.pressure.throttle_delay", "s", "How long a producer without credits should pause before its next write.",
            static f => f.Pressure?.ThrottleDelay.TotalSeconds);
    }

    private void CreateCheckpoints()
    {
        Counter("flink.state_backend.checkpoint.completed", "{checkpoint}", "Checkpoints completed.", static f => f.Statistics.CompletedCheckpoints);
        Counter("flink.state_backend.checkpoint.failed", "{checkpoint}", "Checkpoints that failed.", static f => f.Statistics.FailedCheckpoints);
        Gauge("flink.state_backend.checkpoint.last.id", "{checkpoint}", "Id of the last checkpoint completed.", static f => f.Statistics.LastCheckpointId);
        Gauge(
            "flink.state_backend.checkpoint.last.sync_duration", "s", "How long the caller of the last checkpoint, and in part writers, waited for it.",
            static f => f.Statistics.LastCheckpointSyncDuration?.TotalSeconds);
        Gauge(
            "flink.state_backend.checkpoint.last.async_duration", "s", "How long it took from then on until the last checkpoint was published.",
            static f => f.Statistics.LastCheckpointAsyncDuration?.TotalSeconds);
        Gauge(
            "flink.state_backend.checkpoint.last.new_size", "By", "Bytes that were stored for the last checkpoint.",
            static f => f.Statistics.LastCheckpointNewBytes);
        Gauge(
            "flink.state_backend.checkpoint.last.size", "By", "Bytes of all files of the last checkpoint.",
            static f => f.Statistics.LastCheckpointTotalBytes);
    }

    private static double? Seconds(double? millis) => millis / 1000;
}
