namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The column family does not exist, or was dropped.</summary>
public sealed class StateBackendColumnFamilyNotFoundException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendColumnFamilyNotFoundException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateBackendColumnFamilyNotFoundException(Failure failure)
        : base(failure)
    {
    }
}
