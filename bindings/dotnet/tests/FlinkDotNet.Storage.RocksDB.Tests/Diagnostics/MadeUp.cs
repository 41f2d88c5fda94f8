namespace FlinkDotNet.Storage.RocksDB.Tests.Diagnostics;

/// <summary>Figures that are all different, and what the meter has to make of them.</summary>
internal static class MadeUp
{
    public static IReadOnlyList<string> FlinkNetFigures { get; } =
    [
        nameof(RocksDBStatistics.MemoryUsage),
        nameof(RocksDBStatistics.DiskUsage),
        nameof(RocksDBStatistics.AverageWriteLatencyMs),
        nameof(RocksDBStatistics.AverageReadLatencyMs),
        nameof(RocksDBStatistics.WritesPerSecond),
        nameof(RocksDBStatistics.ReadsPerSecond),
        nameof(RocksDBStatistics.CpuUsagePercent),
        nameof(RocksDBStatistics.PendingCompactionBytes),
        nameof(RocksDBStatistics.BlockCacheUsageBytes),
    ];

    public static IReadOnlyDictionary<string, double> Expected { get; } = new Dictionary<string, double>(StringComparer.Ordinal)
    {
        ["flink.state_backend.memory.usage"] = 101,
        ["flink.state_backend.block_cache.usage"] = 102,
        ["flink.state_backend.block_cache.pinned"] = 103,
        ["flink.state_backend.block_cache.limit"] = 104,
        ["flink.state_backend.memtable.usage"] = 105,
        ["flink.state_backend.table_reader.usage"] = 106,
        ["flink.state_backend.timer.usage"] = 107,
        ["flink.state_backend.disk.usage"] = 108,
        ["flink.state_backend.disk.sst"] = 109,
        ["flink.state_backend.disk.blob"] = 110,
        ["flink.state_backend.disk.wal"] = 111,
        ["flink.state_backend.ttl.dropped_rows"] = 112,
        ["flink.state_backend.ttl.dropped"] = 113,
        ["flink.state_backend.rows.written"] = 114,
        ["flink.state_backend.rows.read"] = 115,
        ["flink.state_backend.write.duration.mean"] = 0.116,
        ["flink.state_backend.write.duration.p50"] = 0.117,
        ["flink.state_backend.write.duration.p99"] = 0.118,
        ["flink.state_backend.write.duration.max"] = 0.119,
        ["flink.state_backend.read.duration.mean"] = 0.120,
        ["flink.state_backend.read.duration.p50"] = 0.121,
        ["flink.state_backend.read.duration.p99"] = 0.122,
        ["flink.state_backend.read.duration.max"] = 0.123,
        ["flink.state_backend.process.cpu.utilization"] = 1.24,
        ["flink.state_backend.time.busy"] = 0.125,
        ["flink.state_backend.time.idle"] = 0.126,
        ["flink.state_backend.time.back_pressured"] = 0.127,
        ["flink.state_backend.row_cache.usage"] = 128,
        ["flink.state_backend.row_cache.limit"] = 129,
        ["flink.state_backend.row_cache.hits"] = 130,
        ["flink.state_backend.row_cache.misses"] = 131,
        ["flink.state_backend.memtable.immutable"] = 132,
        ["flink.state_backend.memtable.sealed"] = 133,
        ["flink.state_backend.flush.pending"] = 134,
        ["flink.state_backend.flush.running"] = 135,
        ["flink.state_backend.flush.completed"] = 136,
        ["flink.state_backend.flush.duration.mean"] = 0.137,
        ["flink.state_backend.compaction.backlog"] = 138,
        ["flink.state_backend.compaction.pending"] = 139,
        ["flink.state_backend.compaction.running"] = 140,
        ["flink.state_backend.compaction.completed"] = 141,
        ["flink.state_backend.level0.files"] = 142,
        ["flink.state_backend.write.stopped"] = 1,
        ["flink.state_backend.write.delayed_rate"] = 144,
        ["flink.state_backend.write.stalls"] = 145,
        ["flink.state_backend.write.stall_time"] = 0.146,
        ["flink.state_backend.write.stops"] = 147,
        ["flink.state_backend.write.stop_time"] = 0.148,
        ["flink.state_backend.write.wait_time"] = 0.149,
        ["flink.state_backend.pressure.level"] = 0.15,
        ["flink.state_backend.pressure.effective"] = 0.151,
        ["flink.state_backend.pressure.throttle_delay"] = 0.152,
    };

    public static IReadOnlyDictionary<string, double> ExpectedCredits { get; } = new Dictionary<string, double>(StringComparer.Ordinal)
    {
        ["flink.state_backend.credit_pool.capacity"] = 1000,
        ["flink.state_backend.credit_pool.limit"] = 900,
        ["flink.state_backend.credit_pool.outstanding"] = 203,
        ["flink.state_backend.credit_pool.free"] = 697,
        ["flink.state_backend.credit_pool.waiting_credits"] = 204,
        ["flink.state_backend.credit_pool.waiting_calls"] = 205,
        ["flink.state_backend.credit_pool.queue_wait"] = 0.206,
        ["flink.state_backend.credit_pool.channels"] = 207,
        ["flink.state_backend.credit_pool.probing"] = 1,
        ["flink.state_backend.credit_pool.granted_credits"] = 208,
        ["flink.state_backend.credit_pool.granted_calls"] = 209,
        ["flink.state_backend.credit_pool.refused_calls"] = 210,
        ["flink.state_backend.credit_pool.timed_out_calls"] = 211,
        ["flink.state_backend.credit_pool.cancelled_calls"] = 212,
        ["flink.state_backend.credit_pool.congestions"] = 213,
    };

    public static CreditFigures Credits() => new()
    {
        Capacity = 1000,
        Limit = 900,
        Outstanding = 203,
        WaitingCredits = 204,
        WaitingCalls = 205,
        QueueWait = TimeSpan.FromMilliseconds(206),
        Channels = 207,
        IsProbing = true,
        GrantedCredits = 208,
        GrantedCalls = 209,
        RefusedCalls = 210,
        TimedOutCalls = 211,
        CancelledCalls = 212,
        Congestions = 213,
    };

    /// <summary>Holds what was reported to what was expected.</summary>
    public static void AssertReported(IReadOnlyDictionary<string, double> expected, IReadOnlyDictionary<string, double> reported)
    {
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), reported.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, entry => Assert.True(
            Math.Abs(entry.Value - reported[entry.Key]) < 1e-9, $"{entry.Key} is {reported[entry.Key]}, not {entry.Value}"));
    }

    public static RocksDBStatistics Statistics() => new()
    {
        MemoryUsage = 101,
        BlockCacheUsageBytes = 102,
        BlockCachePinnedBytes = 103,
        BlockCacheCapacityBytes = 104,
        MemtableBytes = 105,
        TableReaderBytes = 106,
        TimerBytes = 107,
        DiskUsage = 108,
        SstBytes = 109,
        BlobBytes = 110,
        WalBytes = 111,
        TtlDroppedRows = 112,
        TtlDroppedBytes = 113,
        RowsWritten = 114,
        RowsRead = 115,
        AverageWriteLatencyMs = 116,
        P50WriteLatencyMs = 117,
        P99WriteLatencyMs = 118,
        MaxWriteLatencyMs = 119,
        AverageReadLatencyMs = 120,
        P50ReadLatencyMs = 121,
        P99ReadLatencyMs = 122,
        MaxReadLatencyMs = 123,
        CpuUsagePercent = 124,
        BusyMsPerSecond = 125,
        IdleMsPerSecond = 126,
        BackPressuredMsPerSecond = 127,
        RowCacheBytes = 128,
        RowCacheCapacityBytes = 129,
        RowCacheHits = 130,
        RowCacheMisses = 131,
        ImmutableMemtableCount = 132,
        SealedMemtables = 133,
        PendingFlushes = 134,
        RunningFlushes = 135,
        CompletedFlushes = 136,
        MeanFlushMs = 137,
        PendingCompactionBytes = 138,
        PendingCompactions = 139,
        RunningCompactions = 140,
        CompletedCompactions = 141,
        Level0FileCount = 142,
        WriteStopped = true,
        DelayedWriteRateBytesPerSecond = 144,
        StallCount = 145,
        StallTime = TimeSpan.FromMilliseconds(146),
        StopCount = 147,
        StopTime = TimeSpan.FromMilliseconds(148),
        WriteWaitTime = TimeSpan.FromMilliseconds(149),
    };

    public static BackPressure Pressure() => new() { Level = 0.15, Effective = 0.151, ThrottleDelay = TimeSpan.FromMilliseconds(152) };
}
