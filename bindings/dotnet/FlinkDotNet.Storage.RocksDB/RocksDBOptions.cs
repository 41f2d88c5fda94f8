namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Options of a <see cref="RocksDBStateBackend"/>. They are read once, when the backend opens; a value out of its range refuses to open,
/// and the message names the option in the spelling of the options document (<c>write_buffer_size_bytes</c> for
/// <see cref="WriteBufferSize"/>) and the range.
/// </summary>
public partial class RocksDBOptions
{
    /// <summary>
    /// Gets or sets the folder of the state, which one backend owns. Default <c>rocksdb-data</c> in the working directory.
    /// </summary>
    public string DataDirectory { get; set; } = "rocksdb-data";

    /// <summary>Gets or sets a value indicating whether a missing folder is created, readable by its owner only. Default true.</summary>
    public bool CreateIfMissing { get; set; } = true;

    /// <summary>
    /// Gets or sets the column families to create when missing. Default <c>default</c>, <c>user_state</c> and <c>operator_state</c>.
    /// Those found in the folder are opened as well, and <c>default</c> always.
    /// </summary>
    public string[] ColumnFamilies { get; set; } = ["default", "user_state", "operator_state"];

    /// <summary>Gets or sets what single column families have otherwise than these options say, by name. Default none.</summary>
    public IDictionary<string, ColumnFamilyOptions> ColumnFamilyOptions { get; set; } =
        new Dictionary<string, ColumnFamilyOptions>(StringComparer.Ordinal);

    /// <summary>
    /// Gets or sets when a write is durable. Default <see cref="WalMode.Enabled"/>; <see cref="WalMode.Disabled"/> when checkpoints
    /// suffice.
    /// </summary>
    public WalMode Wal { get; set; } = WalMode.Enabled;

    /// <summary>
    /// Gets or sets what opening does with a damaged end of the write-ahead log. Default <see cref="WalRecoveryMode.PointInTime"/>.
    /// </summary>
    public WalRecoveryMode WalRecovery { get; set; } = WalRecoveryMode.PointInTime;

    /// <summary>Gets or sets the protection of data in memory. Default <see cref="IntegrityLevel.Standard"/>.</summary>
    public IntegrityLevel Integrity { get; set; } = IntegrityLevel.Standard;

    /// <summary>
    /// Gets or sets a value indicating whether the engine keeps its own counters and histograms. Default true; false saves 5 to 10 % of a
    /// read.
    /// </summary>
    public bool EnableStatistics { get; set; } = true;

    /// <summary>
    /// Gets or sets the number of flushes and compactions that may run at once. Default 4, from 1 to 1024; half the processor's cores is
    /// usual.
    /// </summary>
    public int MaxBackgroundJobs { get; set; } = 4;

    /// <summary>Gets or sets the number of threads that may share one compaction. Default 1, from 1 to 1024.</summary>
    public int MaxSubcompactions { get; set; } = 1;

    /// <summary>Gets or sets the number of files that the engine keeps open. Default -1, all of them; else 16 or more.</summary>
    public int MaxOpenFiles { get; set; } = -1;

    /// <summary>
    /// Gets or sets the size of the block cache that all column families share. Default 256 MiB; 30 to 50 % of the free memory is usual.
    /// Leave it at the default when the backend opens with <see cref="SharedResources"/>.
    /// </summary>
    public ByteSize BlockCacheSize { get; set; } = DefaultBlockCacheSize;

    /// <summary>
    /// Gets or sets the memory that the memtables of all column families may take together, charged to the block cache. Default 0, no
    /// limit.
    /// </summary>
    public ByteSize WriteBufferManagerSize { get; set; }

    /// <summary>Gets or sets the bytes per second that flushes and compactions may write. Default 0, no limit.</summary>
    public ByteSize RateLimiterBytesPerSecond { get; set; }

    /// <summary>
    /// Gets or sets the write rate to which the engine slows writers down when it falls behind, in bytes per second. Default 0, the
    /// engine's choice.
    /// </summary>
    public ByteSize DelayedWriteRateBytesPerSecond { get; set; }

    /// <summary>
    /// Gets or sets after how many written bytes the engine asks the system to begin writing to disk. Default 1 MiB; 0 leaves it to the
    /// system.
    /// </summary>
    public ByteSize BytesPerSync { get; set; } = 1L << 20;

    /// <summary>Gets or sets the folder of the engine's log files. Default null, the folder of the state.</summary>
    public string? LogDirectory { get; set; }

    /// <summary>Gets or sets how much the engine logs. Default <see cref="EngineLogLevel.Info"/>.</summary>
    public EngineLogLevel LogLevel { get; set; } = EngineLogLevel.Info;

    /// <summary>Gets or sets the size at which the engine begins a new log file. Default 25 MiB.</summary>
    public ByteSize LogFileMaxSize { get; set; } = 25L << 20;

    /// <summary>Gets or sets the number of log files that the engine keeps. Default 4.</summary>
    public int LogFileCount { get; set; } = 4;

    /// <summary>
    /// Gets or sets the memory that counts as full pressure. Default 512 MiB, FLINK.NET's; the memory that the state may take is a good choice.
    /// </summary>
    public ByteSize PressureMemoryReference { get; set; } = 512L << 20;

    /// <summary>Gets or sets the mean time of a write that counts as full pressure. Default 100 ms, FLINK.NET's; at most an hour.</summary>
    public TimeSpan PressureWriteLatencyReference { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Gets or sets the bytes waiting for compaction that count as full pressure. Default 100 MiB, FLINK.NET's; more suits a state of many GiB.
    /// </summary>
    public ByteSize PressurePendingCompactionReference { get; set; } = 100L << 20;

    /// <summary>Gets or sets the wait for a credit that counts as full pressure. Default 100 ms; at most an hour.</summary>
    public TimeSpan PressureQueueWaitTarget { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Gets or sets the folder of operator snapshots, outside the state's folder, or a URL. Default null: <see cref="CheckpointDirectory"/> when
    /// that is a URL, otherwise the folder of the state with <c>-snapshots</c> after its name.
    /// </summary>
    public string? SnapshotDirectory { get; set; }

    /// <summary>
    /// Gets or sets how long disposing waits for calls in flight and pinned values. Default 8 seconds, below the 10 seconds that FLINK.NET
    /// grants.
    /// </summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Gets the size of the block cache when nothing is said.</summary>
    internal static ByteSize DefaultBlockCacheSize { get; } = 256L << 20;
}
