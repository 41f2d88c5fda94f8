namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The clock of processing time.</summary>
public enum StateClock
{
    /// <summary>The clock of the machine; it never goes backwards.</summary>
    System,

    /// <summary>A clock that stands at 0 until <see cref="KeyedStateBackend{TKey}.SetProcessingTime"/> moves it on.</summary>
    Manual,
}
