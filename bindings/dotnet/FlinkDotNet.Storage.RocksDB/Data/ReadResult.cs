namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What a read into the caller's memory came to.</summary>
public enum ReadResult
{
    /// <summary>There is no row with that key.</summary>
    Absent,

    /// <summary>The value was copied.</summary>
    Found,

    /// <summary>There is a value, but it does not fit; nothing was copied, and its size is known.</summary>
    TooSmall,
}
