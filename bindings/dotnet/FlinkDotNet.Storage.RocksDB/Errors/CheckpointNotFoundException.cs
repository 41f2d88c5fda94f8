namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The folder of checkpoints has none of that id.</summary>
public sealed class CheckpointNotFoundException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="CheckpointNotFoundException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal CheckpointNotFoundException(Failure failure)
        : base(failure)
    {
    }
}
