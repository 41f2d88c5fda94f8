namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// What there is to warn of. A warning begins when its value rises above the threshold and ends when it has fallen below nine tenths of it.
/// </summary>
[Flags]
public enum BackPressureWarnings
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The effective pressure is above 0.7.</summary>
    ElevatedPressure = 1,

    /// <summary>The effective pressure is above 0.8.</summary>
    HighPressure = 2,

    /// <summary>A write takes more than half of <see cref="RocksDBOptions.PressureWriteLatencyReference"/>, by default 50 ms.</summary>
    SlowWrites = 4,

    /// <summary>Memory is above 500/512 of <see cref="RocksDBOptions.PressureMemoryReference"/>, by default 500 MiB.</summary>
    MuchMemory = 8,

    /// <summary>
    /// More waits for compaction than <see cref="RocksDBOptions.PressurePendingCompactionReference"/>, by default 100 MiB.
    /// </summary>
    MuchCompaction = 16,
}
