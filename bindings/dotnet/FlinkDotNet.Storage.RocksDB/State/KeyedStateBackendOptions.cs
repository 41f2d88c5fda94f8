namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Options of a <see cref="KeyedStateBackend{TKey}"/>. They are read once, when it opens; a value out of its range refuses to open.
/// </summary>
public sealed class KeyedStateBackendOptions
{
    /// <summary>
    /// Gets or sets the number of key groups, from 1 to 32768, which stays for the life of the state. Default 128, Flink's for a
    /// parallelism up to 85.
    /// </summary>
    public int MaxParallelism { get; set; } = 128;

    /// <summary>
    /// Gets or sets the key groups of this backend; a key of another group is refused. Default null, all of them. See
    /// <see cref="KeyGroups.RangeOf"/>.
    /// </summary>
    public KeyGroupRange? KeyGroupRange { get; set; }

    /// <summary>Gets or sets the column family of the rows. Default <c>user_state</c>.</summary>
    public string ColumnFamily { get; set; } = "user_state";

    /// <summary>Gets or sets the column family of the timers. Default <c>timer_state</c>.</summary>
    public string TimerColumnFamily { get; set; } = "timer_state";

    /// <summary>
    /// Gets or sets the size of the cache of rows in front of the engine. Default 16 MiB; 0 is none. Room for a tenth of the keys
    /// serves well when few keys are hot.
    /// </summary>
    public ByteSize RowCacheSize { get; set; } = 16L << 20;

    /// <summary>Gets or sets the clock of processing time. Default <see cref="StateClock.System"/>.</summary>
    public StateClock Clock { get; set; } = StateClock.System;
}
