namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Reading or writing a file failed, or the disk is full (<see cref="StateBackendStatus.NoSpace"/>).</summary>
public sealed class StateBackendIOException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendIOException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateBackendIOException(Failure failure)
        : base(failure)
    {
    }
}
