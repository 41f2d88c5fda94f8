namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Acknowledged data is missing from the folder. Nothing is served; restore from a checkpoint.</summary>
public sealed class StateBackendDataLossException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendDataLossException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateBackendDataLossException(Failure failure)
        : base(failure)
    {
    }
}
