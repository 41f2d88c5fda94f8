namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What a savepoint takes along.</summary>
public class SavepointExportOptions
{
    /// <summary>Gets or sets the names of the keyed states. Default null, all of them.</summary>
    public IReadOnlyList<string>? States { get; set; }

    /// <summary>Gets or sets whether timers are taken along. Default null: when all keyed states are.</summary>
    public bool? IncludeTimers { get; set; }

    /// <summary>Gets or sets whether operator states are taken along. Default null: when all keyed states are.</summary>
    public bool? IncludeOperatorStates { get; set; }

    /// <summary>Gets or sets whether rows of column families that hold no state are taken along. Default null: when all keyed states are.</summary>
    public bool? IncludeColumnFamilies { get; set; }
}
