namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Data on disk is damaged. Nothing of it is served; restore from a checkpoint.</summary>
public sealed class StateBackendCorruptionException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendCorruptionException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateBackendCorruptionException(Failure failure)
        : base(failure)
    {
    }
}
