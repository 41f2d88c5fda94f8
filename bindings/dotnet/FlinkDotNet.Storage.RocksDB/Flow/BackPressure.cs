using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// How near a backend is to holding its writers up, at one moment. Levels and shares are from 0 to 1; what was not measured presses with
/// nothing. Shares of column families are those of the family that has most.
/// </summary>
public sealed record BackPressure
{
    /// <summary>Gets FLINK.NET's documented level: the mean of memory, write latency and pending compaction, each of its reference.</summary>
    public double Level { get; init; }

    /// <summary>
    /// Gets the largest of the level and the other shares; at least 0.9 while the engine delays writes, 1 while it has stopped them. Credits
    /// and pauses go by it.
    /// </summary>
    public double Effective { get; init; }

    /// <summary>Gets the effective pressure in a word.</summary>
    public BackPressureDescription Description { get; init; }

    /// <summary>Gets for how long a producer without credits should pause before its next write.</summary>
    public TimeSpan ThrottleDelay { get; init; }

    /// <summary>Gets the warnings in force. The engine's own log tells of each once when it begins and once when it ends.</summary>
    public BackPressureWarnings Warnings { get; init; }

    /// <summary>Gets a value indicating whether the engine has stopped writes.</summary>
    public bool IsWriteStopped { get; init; }

    /// <summary>Gets a value indicating whether the engine delays writes.</summary>
    public bool IsWriteDelayed { get; init; }

    /// <summary>Gets the mean time of a flush; null before the first.</summary>
    public TimeSpan? MeanFlushTime { get; init; }

    /// <summary>Gets the memory in use, of its reference.</summary>
    public double MemoryShare { get; init; }

    /// <summary>Gets the mean time of a write, of its reference.</summary>
    public double WriteLatencyShare { get; init; }

    /// <summary>Gets what waits for compaction, of its reference.</summary>
    public double CompactionShare { get; init; }

    /// <summary>Gets the memtables that wait for a flush, of those that stop writes.</summary>
    public double ImmutableMemtableShare { get; init; }

    /// <summary>Gets the files of level 0, of those that delay writes; or, with the memtables that will be such files, of those that stop them.</summary>
    public double Level0Share { get; init; }

    /// <summary>Gets what waits for compaction, of what delays writes.</summary>
    public double PendingCompactionShare { get; init; }

    /// <summary>
    /// Gets the wait for a credit of the attached <see cref="CreditPool"/> where it is longest, of
    /// <see cref="RocksDBOptions.PressureQueueWaitTarget"/>; 0 without.
    /// </summary>
    public double QueueWaitShare { get; init; }

    /// <summary>
    /// FLINK.NET's documented level of statistics: min(1, memory / 512 MiB), min(1, write latency / 100 ms) and min(1, pending compaction /
    /// 100 MiB), the three divided by 3.
    /// </summary>
    /// <param name="statistics">The statistics.</param>
    /// <returns>The level, from 0 to 1.</returns>
    public static double CalculateBackPressureLevel(RocksDBStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return (Share(statistics.MemoryUsage, 512.0 * 1024 * 1024)
            + Share(statistics.AverageWriteLatencyMs, 100)
            + Share(statistics.PendingCompactionBytes, 100.0 * 1024 * 1024)) / 3;
    }

    /// <summary>FLINK.NET's documented pause: min(50, (level - 0.8) * 100) milliseconds above 0.8.</summary>
    /// <param name="level">The pressure.</param>
    /// <returns>The pause; nothing at 0.8 and below.</returns>
    public static TimeSpan ThrottleDelayOf(double level) =>
        level > 0.8 ? TimeSpan.FromMilliseconds(Math.Min(50, (level - 0.8) * 100)) : TimeSpan.Zero;

    /// <summary>The pressure as the library read it.</summary>
    internal static BackPressure From(in fsb_pressure native) => new()
    {
        Level = native.level,
        Effective = native.effective,
        Description = (BackPressureDescription)native.description,
        ThrottleDelay = TimeSpan.FromMilliseconds(native.throttle_delay_ms),
        Warnings = (BackPressureWarnings)native.warnings,
        IsWriteStopped = native.write_stopped != 0,
        IsWriteDelayed = native.write_delayed != 0,
        MeanFlushTime = double.IsFinite(native.mean_flush_ms) ? TimeSpan.FromMilliseconds(native.mean_flush_ms) : null,
        MemoryShare = native.memory_share,
        WriteLatencyShare = native.write_latency_share,
        CompactionShare = native.compaction_share,
        ImmutableMemtableShare = native.immutable_memtable_share,
        Level0Share = native.level0_share,
        PendingCompactionShare = native.pending_compaction_share,
        QueueWaitShare = native.queue_wait_share,
    };

    private static double Share(double amount, double reference) => double.IsNaN(amount) ? 0 : Math.Clamp(amount / reference, 0, 1);
}
