namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The folder of the state is a file, may not be written, or cannot be created.</summary>
public sealed class StateBackendFolderUnusableException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendFolderUnusableException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateBackendFolderUnusableException(Failure failure)
        : base(failure)
    {
    }
}
