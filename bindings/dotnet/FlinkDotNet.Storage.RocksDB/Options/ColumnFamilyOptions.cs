namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Options of one column family; null leaves what is in force. Used for overrides when opening
/// (<see cref="RocksDBOptions.ColumnFamilyOptions"/>), for a new family (<see cref="RocksDBStateBackend.CreateColumnFamily"/>) and for
/// changes while it runs (<see cref="RocksDBColumnFamily.SetOptions"/>), where an option that the engine cannot change any more is refused
/// by name. Meanings and ranges are those of the same names in <see cref="RocksDBOptions"/>.
/// </summary>
public class ColumnFamilyOptions
{
    /// <inheritdoc cref="RocksDBOptions.WriteBufferSize"/>
    public ByteSize? WriteBufferSize { get; set; }

    /// <inheritdoc cref="RocksDBOptions.MaxWriteBufferNumber"/>
    public int? MaxWriteBufferNumber { get; set; }

    /// <inheritdoc cref="RocksDBOptions.MinWriteBufferNumberToMerge"/>
    public int? MinWriteBufferNumberToMerge { get; set; }

    /// <inheritdoc cref="RocksDBOptions.BlockSize"/>
    public ByteSize? BlockSize { get; set; }

    /// <inheritdoc cref="RocksDBOptions.BloomFilterBitsPerKey"/>
    public double? BloomFilterBitsPerKey { get; set; }

    /// <inheritdoc cref="RocksDBOptions.CacheIndexAndFilterBlocks"/>
    public bool? CacheIndexAndFilterBlocks { get; set; }

    /// <inheritdoc cref="RocksDBOptions.Compression"/>
    public CompressionType? Compression { get; set; }

    /// <inheritdoc cref="RocksDBOptions.CompressionPerLevel"/>
    public CompressionType[]? CompressionPerLevel { get; set; }

    /// <inheritdoc cref="RocksDBOptions.BottommostCompression"/>
    public CompressionType? BottommostCompression { get; set; }

    /// <inheritdoc cref="RocksDBOptions.TargetFileSizeBase"/>
    public ByteSize? TargetFileSizeBase { get; set; }

    /// <inheritdoc cref="RocksDBOptions.MaxBytesForLevelBase"/>
    public ByteSize? MaxBytesForLevelBase { get; set; }

    /// <inheritdoc cref="RocksDBOptions.Level0FileNumCompactionTrigger"/>
    public int? Level0FileNumCompactionTrigger { get; set; }

    /// <inheritdoc cref="RocksDBOptions.Level0SlowdownWritesTrigger"/>
    public int? Level0SlowdownWritesTrigger { get; set; }

    /// <inheritdoc cref="RocksDBOptions.Level0StopWritesTrigger"/>
    public int? Level0StopWritesTrigger { get; set; }

    /// <inheritdoc cref="RocksDBOptions.SoftPendingCompactionBytesLimit"/>
    public ByteSize? SoftPendingCompactionBytesLimit { get; set; }

    /// <inheritdoc cref="RocksDBOptions.HardPendingCompactionBytesLimit"/>
    public ByteSize? HardPendingCompactionBytesLimit { get; set; }

    /// <inheritdoc cref="RocksDBOptions.LevelCompactionDynamicLevelBytes"/>
    public bool? LevelCompactionDynamicLevelBytes { get; set; }

    /// <inheritdoc cref="RocksDBOptions.DisableAutoCompactions"/>
    public bool? DisableAutoCompactions { get; set; }

    /// <inheritdoc cref="RocksDBOptions.PeriodicCompactionSeconds"/>
    public long? PeriodicCompactionSeconds { get; set; }
}
