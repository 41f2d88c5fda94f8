namespace FlinkDotNet.Storage.RocksDB;

/// <summary>No state of that name is registered.</summary>
public sealed class StateNotFoundException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="StateNotFoundException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateNotFoundException(Failure failure)
        : base(failure)
    {
    }
}
