namespace FlinkDotNet.Core.Abstractions.Checkpointing;

/// <summary>A user function that takes part in checkpoints.</summary>
public interface ICheckpointedFunction
{
    /// <summary>Called when a checkpoint reaches the function.</summary>
    /// <param name="checkpointId">Number of the checkpoint.</param>
    /// <param name="checkpointTimestamp">When it was triggered, milliseconds since the Unix epoch.</param>
    void SnapshotState(long checkpointId, long checkpointTimestamp);

    /// <summary>Called with the state of the function before the first record after a restart.</summary>
    /// <param name="state">The state.</param>
    void RestoreState(object state);

    /// <summary>Called when a checkpoint is complete in all tasks.</summary>
    /// <param name="checkpointId">Number of the checkpoint.</param>
    void NotifyCheckpointComplete(long checkpointId);
}
