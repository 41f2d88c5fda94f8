namespace FlinkDotNet.Storage.RocksDB;

/// <summary>How much the engine protects data in memory against bit flips. Checksums on disk are always on.</summary>
public enum IntegrityLevel
{
    /// <summary>Protection bytes for memtables.</summary>
    Standard,

    /// <summary>Protection bytes for cached blocks as well; a cached read costs 10 to 20 % more.</summary>
    High,
}
