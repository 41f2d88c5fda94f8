namespace FlinkDotNet.Storage.RocksDB.Tests.Options;

/// <summary>Options whose values are all other than the defaults.</summary>
internal static class OptionsOfEveryKind
{
    public static RocksDBOptions ForABackend(string dataDirectory, string logDirectory) => new()
    {
        DataDirectory = dataDirectory,
        Wal = WalMode.Sync,
        WalRecovery = WalRecoveryMode.Absolute,
        Integrity = IntegrityLevel.High,
        EnableStatistics = false,
        MaxBackgroundJobs = 3,
        MaxSubcompactions = 2,
        MaxOpenFiles = 500,
        BlockCacheSize = 8 << 20,
        WriteBufferManagerSize = 4 << 20,
        RateLimiterBytesPerSecond = 50 << 20,
        DelayedWriteRateBytesPerSecond = 8 << 20,
        BytesPerSync = 2 << 20,
        LogDirectory = logDirectory,
        LogLevel = EngineLogLevel.Warn,
        LogFileMaxSize = 1 << 20,
        LogFileCount = 2,
        WriteBufferSize = 2 << 20,
        MaxWriteBufferNumber = 5,
        MinWriteBufferNumberToMerge = 2,
        BlockSize = 16 << 10,
        BloomFilterBitsPerKey = 8.5,
        CacheIndexAndFilterBlocks = false,
        Compression = CompressionType.Zstd,
        CompressionPerLevel = [CompressionType.None, CompressionType.Snappy, CompressionType.Lz4],
        BottommostCompression = CompressionType.Lz4hc,
        TargetFileSizeBase = 3 << 20,
        MaxBytesForLevelBase = 12 << 20,
        Level0FileNumCompactionTrigger = 3,
        Level0SlowdownWritesTrigger = 10,
        Level0StopWritesTrigger = 15,
        SoftPendingCompactionBytesLimit = 1L << 30,
        HardPendingCompactionBytesLimit = 2L << 30,
        LevelCompactionDynamicLevelBytes = false,
        DisableAutoCompactions = true,
        PeriodicCompactionSeconds = 86400,
    };

    public static ColumnFamilyOptions ForAColumnFamily() => new()
    {
        WriteBufferSize = 2 << 20,
        MaxWriteBufferNumber = 5,
        MinWriteBufferNumberToMerge = 2,
        BlockSize = 16 << 10,
        BloomFilterBitsPerKey = 8,
        CacheIndexAndFilterBlocks = false,
        Compression = CompressionType.Zstd,
        CompressionPerLevel = [CompressionType.None],
        BottommostCompression = CompressionType.Lz4hc,
        TargetFileSizeBase = 3 << 20,
        MaxBytesForLevelBase = 12 << 20,
        Level0FileNumCompactionTrigger = 3,
        Level0SlowdownWritesTrigger = 10,
        Level0StopWritesTrigger = 15,
        SoftPendingCompactionBytesLimit = 1L << 30,
        HardPendingCompactionBytesLimit = 2L << 30,
        LevelCompactionDynamicLevelBytes = false,
        DisableAutoCompactions = true,
        PeriodicCompactionSeconds = 86400,
    };
}
