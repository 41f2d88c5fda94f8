namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Back pressure in a word.</summary>
public enum BackPressureDescription
{
    /// <summary>Below 0.3.</summary>
    Low = 0,

    /// <summary>Below 0.6.</summary>
    Medium = 1,

    /// <summary>Below 0.8.</summary>
    High = 2,

    /// <summary>0.8 and more.</summary>
    Critical = 3,
}
