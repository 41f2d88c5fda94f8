namespace FlinkDotNet.Storage.RocksDB;

/// <summary>How the engine compresses blocks of its files.</summary>
public enum CompressionType
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Snappy: fast, small gain.</summary>
    Snappy,

    /// <summary>LZ4: fast, the default.</summary>
    Lz4,

    /// <summary>LZ4 in its high-compression variant: slow to write, fast to read.</summary>
    Lz4hc,

    /// <summary>Zstandard: smallest files.</summary>
    Zstd,
}
