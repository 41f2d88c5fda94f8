namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What begins the time-to-live of a value, list element or map entry anew.</summary>
public enum StateTtlUpdateType
{
    /// <summary>Writing it.</summary>
    OnCreateAndWrite,

    /// <summary>Writing it and reading it.</summary>
    OnReadAndWrite,
}
