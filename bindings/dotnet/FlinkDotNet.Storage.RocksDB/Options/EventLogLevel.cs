namespace FlinkDotNet.Storage.RocksDB;

/// <summary>How bad an event of the event log is.</summary>
public enum EventLogLevel
{
    /// <summary>Details; among them the options that RocksDB lists at open. <c>LogLevel.Debug</c> in an <c>ILogger</c>.</summary>
    Debug,

    /// <summary>What happens in the ordinary course of things: opening, flushes, compactions. <c>LogLevel.Information</c>.</summary>
    Info,

    /// <summary>What may be wrong: pressure, stalls, damage that was dropped. <c>LogLevel.Warning</c>.</summary>
    Warn,

    /// <summary>What is wrong: failed background work. <c>LogLevel.Error</c>.</summary>
    Error,
}
