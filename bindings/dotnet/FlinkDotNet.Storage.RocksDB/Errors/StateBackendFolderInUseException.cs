namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Another backend, of this process or of another, owns the folder; the message says which process.</summary>
public sealed class StateBackendFolderInUseException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendFolderInUseException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateBackendFolderInUseException(Failure failure)
        : base(failure)
    {
    }
}
