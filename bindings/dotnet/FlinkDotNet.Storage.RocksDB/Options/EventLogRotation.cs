namespace FlinkDotNet.Storage.RocksDB;

/// <summary>When a new file of the event log begins. Times are UTC.</summary>
public enum EventLogRotation
{
    /// <summary>Every minute.</summary>
    Minutely,

    /// <summary>Every hour.</summary>
    Hourly,

    /// <summary>Every day.</summary>
    Daily,

    /// <summary>Never: one file.</summary>
    Never,
}
