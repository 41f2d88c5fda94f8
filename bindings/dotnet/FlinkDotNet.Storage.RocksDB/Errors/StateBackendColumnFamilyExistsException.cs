namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A column family of that name exists already.</summary>
public sealed class StateBackendColumnFamilyExistsException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendColumnFamilyExistsException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateBackendColumnFamilyExistsException(Failure failure)
        : base(failure)
    {
    }
}
