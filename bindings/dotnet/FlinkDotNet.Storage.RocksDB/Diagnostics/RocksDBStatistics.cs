namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Figures of a backend at one moment, over all its column families. Nothing is estimated in place of a measurement: a figure that could
/// not be measured is 0 in the members that FLINK.NET has, which <see cref="NotMeasured"/> then names, and null in all others. Rates and
/// latencies are over the last <see cref="Window"/>.
/// </summary>
public class RocksDBStatistics
{
    /// <summary>
    /// Gets or sets the memory in use, in bytes: the block cache, with the memtables charged to it, and what lies outside it.
    /// </summary>
    public long MemoryUsage { get; set; }

    /// <summary>Gets or sets the live data on disk, in bytes: tables, blobs and write-ahead log; checkpoints and snapshots apart.</summary>
    public long DiskUsage { get; set; }

    /// <summary>Gets or sets the mean time of a write call in milliseconds, over sampled calls.</summary>
    public double AverageWriteLatencyMs { get; set; }

    /// <summary>Gets or sets the mean time of a read call in milliseconds, over sampled calls.</summary>
    public double AverageReadLatencyMs { get; set; }

    /// <summary>Gets or sets the rows written in a second.</summary>
    public long WritesPerSecond { get; set; }

    /// <summary>Gets or sets the rows read in a second.</summary>
    public long ReadsPerSecond { get; set; }

    /// <summary>Gets or sets the processor time of the process, in percent of all its cores.</summary>
    public double CpuUsagePercent { get; set; }

    /// <summary>Gets or sets the bytes that compaction has to rewrite to catch up, as the engine estimates them.</summary>
    public long PendingCompactionBytes { get; set; }

    /// <summary>
    /// Gets or sets the memory in use by the block cache, in bytes, counted once however many families and backends share it.
    /// </summary>
    public long BlockCacheUsageBytes { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the figures are older than the call, because the backend is closed or failed to answer.
    /// </summary>
    public bool IsStale { get; set; }

    /// <summary>Gets or sets the names of those members above that could not be measured.</summary>
    public IReadOnlyList<string> NotMeasured { get; set; } = [];

    /// <summary>Gets or sets the time over which rates and latencies were taken.</summary>
    public TimeSpan Window { get; set; }

    /// <summary>Gets or sets the bytes of the block cache that readers and pinned values hold, counted at most a second ago.</summary>
    public long? BlockCachePinnedBytes { get; set; }

    /// <summary>Gets or sets the size of the block cache in bytes.</summary>
    public long? BlockCacheCapacityBytes { get; set; }

    /// <summary>Gets or sets the memory of all memtables in bytes.</summary>
    public long? MemtableBytes { get; set; }

    /// <summary>Gets or sets the memory of open tables outside the block cache in bytes.</summary>
    public long? TableReaderBytes { get; set; }

    /// <summary>Gets or sets the bytes of table files.</summary>
    public long? SstBytes { get; set; }

    /// <summary>Gets or sets the bytes of blob files.</summary>
    public long? BlobBytes { get; set; }

    /// <summary>Gets or sets the bytes of the write-ahead log.</summary>
    public long? WalBytes { get; set; }

    /// <summary>Gets or sets the exact number of rows written since the backend opened.</summary>
    public long? RowsWritten { get; set; }

    /// <summary>Gets or sets the exact number of rows read since the backend opened.</summary>
    public long? RowsRead { get; set; }

    /// <summary>Gets or sets the median time of a write call in milliseconds, at most 25 % too high.</summary>
    public double? P50WriteLatencyMs { get; set; }

    /// <summary>Gets or sets the time in milliseconds that 99 % of write calls do not exceed, at most 25 % too high.</summary>
    public double? P99WriteLatencyMs { get; set; }

    /// <summary>Gets or sets the largest sampled time of a write call in milliseconds.</summary>
    public double? MaxWriteLatencyMs { get; set; }

    /// <summary>Gets or sets the median time of a read call in milliseconds, at most 25 % too high.</summary>
    public double? P50ReadLatencyMs { get; set; }

    /// <summary>Gets or sets the time in milliseconds that 99 % of read calls do not exceed, at most 25 % too high.</summary>
    public double? P99ReadLatencyMs { get; set; }

    /// <summary>Gets or sets the largest sampled time of a read call in milliseconds.</summary>
    public double? MaxReadLatencyMs { get; set; }

    /// <summary>Gets or sets a value indicating whether the engine has stopped writes until it has caught up.</summary>
    public bool? WriteStopped { get; set; }

    /// <summary>Gets or sets the rate to which the engine slows writes down, in bytes per second; 0 when it does not.</summary>
    public long? DelayedWriteRateBytesPerSecond { get; set; }

    /// <summary>Gets or sets the number of files in level 0, over all families.</summary>
    public long? Level0FileCount { get; set; }

    /// <summary>Gets or sets the number of full memtables that wait for a flush.</summary>
    public long? ImmutableMemtableCount { get; set; }

    /// <summary>Gets or sets the number of flushes that are running.</summary>
    public long? RunningFlushes { get; set; }

    /// <summary>Gets or sets the number of compactions that are running.</summary>
    public long? RunningCompactions { get; set; }

    /// <summary>
    /// Gets or sets the exact number of values, list elements and map entries that compaction dropped since the backend opened, because
    /// their time-to-live had passed.
    /// </summary>
    public long? TtlDroppedRows { get; set; }

    /// <summary>Gets or sets the bytes of what <see cref="TtlDroppedRows"/> counts.</summary>
    public long? TtlDroppedBytes { get; set; }

    /// <summary>Gets or sets the memory of the row caches of all keyed backends in bytes.</summary>
    public long? RowCacheBytes { get; set; }

    /// <summary>Gets or sets the size of the row caches of all keyed backends in bytes.</summary>
    public long? RowCacheCapacityBytes { get; set; }

    /// <summary>Gets or sets the exact number of reads of keyed state that a row cache answered since the backend opened.</summary>
    public long? RowCacheHits { get; set; }

    /// <summary>Gets or sets the exact number of reads of keyed state that went past a row cache since the backend opened.</summary>
    public long? RowCacheMisses { get; set; }

    /// <summary>Gets or sets the memory of memtables that is not charged to the block cache, in bytes.</summary>
    public long? UnchargedMemtableBytes { get; set; }

    /// <summary>Gets or sets the memory of the order of timers in bytes.</summary>
    public long? TimerBytes { get; set; }

    /// <summary>Gets or sets the number of column families with memtables that wait for their flush to begin.</summary>
    public long? PendingFlushes { get; set; }

    /// <summary>Gets or sets the number of column families in which a compaction is due.</summary>
    public long? PendingCompactions { get; set; }

    /// <summary>Gets or sets the number of flushes, each of one column family, since the backend opened.</summary>
    public long? CompletedFlushes { get; set; }

    /// <summary>Gets or sets the number of compactions since the backend opened.</summary>
    public long? CompletedCompactions { get; set; }

    /// <summary>Gets or sets the number of memtables that were full, or sealed by a flush, since the backend opened.</summary>
    public long? SealedMemtables { get; set; }

    /// <summary>
    /// Gets or sets the mean time of a flush in milliseconds, in which the last one weighs a quarter; null before the first.
    /// </summary>
    public double? MeanFlushMs { get; set; }

    /// <summary>Gets or sets how often RocksDB began to delay or stop writes since the backend opened.</summary>
    public long? StallCount { get; set; }

    /// <summary>
    /// Gets or sets the time for which RocksDB delayed or stopped writes since the backend opened, whether or not writes came; goes on
    /// while it does.
    /// </summary>
    public TimeSpan? StallTime { get; set; }

    /// <summary>Gets or sets how often RocksDB stopped writes since the backend opened.</summary>
    public long? StopCount { get; set; }

    /// <summary>Gets or sets the time for which RocksDB had stopped writes since the backend opened.</summary>
    public TimeSpan? StopTime { get; set; }

    /// <summary>
    /// Gets or sets the time for which writes waited because of that since the backend opened, by RocksDB's own count: of those that lead
    /// a group of writes, each once it has waited.
    /// </summary>
    public TimeSpan? WriteWaitTime { get; set; }

    /// <summary>
    /// Gets or sets the milliseconds of each second in which calls were at work: their number by the mean time of the sampled ones, added
    /// over threads up to a whole second. An estimate, null when no call was sampled.
    /// </summary>
    public double? BusyMsPerSecond { get; set; }

    /// <summary>Gets or sets the milliseconds of each second that remain: busy, idle and back-pressured sum to 1000.</summary>
    public double? IdleMsPerSecond { get; set; }

    /// <summary>Gets or sets the milliseconds of each second in which RocksDB had stopped writes or let them wait; not sampled.</summary>
    public double? BackPressuredMsPerSecond { get; set; }

    /// <summary>Gets or sets the number of checkpoints published since the backend opened.</summary>
    public long? CompletedCheckpoints { get; set; }

    /// <summary>Gets or sets the number of checkpoints that failed since the backend opened, or passed their deadline; cancelled ones apart.</summary>
    public long? FailedCheckpoints { get; set; }

    /// <summary>Gets or sets the id of the last checkpoint published; null, as what follows, before the first since the backend opened.</summary>
    public long? LastCheckpointId { get; set; }

    /// <summary>Gets or sets how long writers waited for the last checkpoint.</summary>
    public TimeSpan? LastCheckpointSyncDuration { get; set; }

    /// <summary>Gets or sets how long the last checkpoint took from then on until it was published.</summary>
    public TimeSpan? LastCheckpointAsyncDuration { get; set; }

    /// <summary>Gets or sets the bytes that were stored for the last checkpoint, and not already for another one.</summary>
    public long? LastCheckpointNewBytes { get; set; }

    /// <summary>Gets or sets the bytes of all files of the last checkpoint.</summary>
    public long? LastCheckpointTotalBytes { get; set; }

    /// <summary>Gets the share of reads of keyed state that a row cache answered, from 0 to 1; null before the first read.</summary>
    public double? RowCacheHitRatio => RowCacheHits is { } hits && RowCacheMisses is { } misses && hits + misses > 0 ? (double)hits / (hits + misses) : null;

    /// <summary>Copies the figures and marks them as old.</summary>
    internal RocksDBStatistics ToStale()
    {
        var copy = (RocksDBStatistics)MemberwiseClone();
        copy.IsStale = true;
        return copy;
    }
}
