namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A checkpoint was not published within <see cref="RocksDBOptions.CheckpointTimeout"/>; the message names the step that it was at. Earlier
/// checkpoints are as they were.
/// </summary>
public sealed class CheckpointExpiredException : StateBackendException
{
    /// <summary>Initializes a new instance of the <see cref="CheckpointExpiredException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal CheckpointExpiredException(Failure failure)
        : base(failure)
    {
    }
}
