namespace FlinkDotNet.Storage.RocksDB;

/// <summary>How much the engine writes into its own log file.</summary>
public enum EngineLogLevel
{
    /// <summary>Everything.</summary>
    Debug,

    /// <summary>Flushes, compactions and the like; the default.</summary>
    Info,

    /// <summary>What may be wrong, and worse.</summary>
    Warn,

    /// <summary>What is wrong, and worse.</summary>
    Error,

    /// <summary>What ends the engine.</summary>
    Fatal,

    /// <summary>Only the options at the head of the log.</summary>
    Header,
}
