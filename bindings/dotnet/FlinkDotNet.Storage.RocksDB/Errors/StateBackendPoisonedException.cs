namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The library met an internal error. The backend it belongs to refuses further calls; dispose it and open it again. Other backends go on.
/// </summary>
public sealed class StateBackendPoisonedException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendPoisonedException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateBackendPoisonedException(Failure failure)
        : base(failure)
    {
    }
}
