namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Whether what has expired can still be read.</summary>
public enum StateTtlVisibility
{
    /// <summary>It is never read.</summary>
    NeverReturnExpired,

    /// <summary>It is read as long as it has not been removed.</summary>
    ReturnExpiredIfNotCleanedUp,
}
