namespace FlinkDotNet.Storage.RocksDB;

/// <content>What every column family has unless <see cref="ColumnFamilyOptions"/> says otherwise for it.</content>
public partial class RocksDBOptions
{
    /// <summary>
    /// Gets or sets the size of one memtable. Default 64 MiB, from 64 KiB to 1 TiB. Larger ones make fewer, larger flushes and take longer
    /// to recover.
    /// </summary>
    public ByteSize WriteBufferSize { get; set; } = 64L << 20;

    /// <summary>
    /// Gets or sets the number of memtables, full ones included. Default 3, from 2 to 64; when all are full, writes wait for a flush.
    /// </summary>
    public int MaxWriteBufferNumber { get; set; } = 3;

    /// <summary>Gets or sets the number of full memtables that one flush merges. Default 1.</summary>
    public int MinWriteBufferNumberToMerge { get; set; } = 1;

    /// <summary>
    /// Gets or sets the size of a block before compression. Default 4 KiB, from 256 bytes to 4 MiB; larger ones suit scans.
    /// </summary>
    public ByteSize BlockSize { get; set; } = 4L << 10;

    /// <summary>
    /// Gets or sets the bits of the Bloom filter for each key. Default 10, which lets 1 % of absent keys through; 0 is no filter, else 1 to
    /// 64.
    /// </summary>
    public double BloomFilterBitsPerKey { get; set; } = 10;

    /// <summary>
    /// Gets or sets a value indicating whether index and filter blocks live in the block cache, so that it bounds them. Default true.
    /// </summary>
    public bool CacheIndexAndFilterBlocks { get; set; } = true;

    /// <summary>Gets or sets the compression of all levels. Default <see cref="CompressionType.Lz4"/>.</summary>
    public CompressionType Compression { get; set; } = CompressionType.Lz4;

    /// <summary>Gets or sets the compression of each level, from level 0. Default empty, <see cref="Compression"/> for all.</summary>
    public CompressionType[] CompressionPerLevel { get; set; } = [];

    /// <summary>
    /// Gets or sets the compression of the last level. Default null, like the others; <see cref="CompressionType.Zstd"/> saves disk.
    /// </summary>
    public CompressionType? BottommostCompression { get; set; }

    /// <summary>Gets or sets the size of a file of level 1. Default 64 MiB.</summary>
    public ByteSize TargetFileSizeBase { get; set; } = 64L << 20;

    /// <summary>Gets or sets the size of level 1. Default 256 MiB.</summary>
    public ByteSize MaxBytesForLevelBase { get; set; } = 256L << 20;

    /// <summary>Gets or sets the number of files in level 0 that starts a compaction. Default 4.</summary>
    public int Level0FileNumCompactionTrigger { get; set; } = 4;

    /// <summary>Gets or sets the number of files in level 0 from which writes are slowed down. Default 20.</summary>
    public int Level0SlowdownWritesTrigger { get; set; } = 20;

    /// <summary>Gets or sets the number of files in level 0 from which writes wait. Default 36.</summary>
    public int Level0StopWritesTrigger { get; set; } = 36;

    /// <summary>Gets or sets the backlog of compaction from which writes are slowed down. Default 64 GiB.</summary>
    public ByteSize SoftPendingCompactionBytesLimit { get; set; } = 64L << 30;

    /// <summary>Gets or sets the backlog of compaction from which writes wait. Default 256 GiB.</summary>
    public ByteSize HardPendingCompactionBytesLimit { get; set; } = 256L << 30;

    /// <summary>Gets or sets a value indicating whether the engine sizes the levels from the last one upwards. Default true.</summary>
    public bool LevelCompactionDynamicLevelBytes { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether compaction runs only when asked for. Default false.</summary>
    public bool DisableAutoCompactions { get; set; }

    /// <summary>Gets or sets the age in seconds at which the engine compacts a file again. Default 0: 30 days while the family has state with a ttl, else never; 4294967296 is never in any case.</summary>
    public long PeriodicCompactionSeconds { get; set; }
}
