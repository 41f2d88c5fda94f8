using FlinkDotNet.Core.Abstractions.Models.Checkpointing;

namespace FlinkDotNet.Core.Abstractions.Operators;

/// <summary>An operator whose state takes part in checkpoints.</summary>
public interface ICheckpointableOperator
{
    /// <summary>Stores the operator's state.</summary>
    /// <param name="checkpointId">Number of the checkpoint.</param>
    /// <param name="checkpointTimestamp">When it was triggered, milliseconds since the Unix epoch.</param>
    /// <returns>Where the state was stored.</returns>
    Task<OperatorStateSnapshot> SnapshotState(long checkpointId, long checkpointTimestamp);

    /// <summary>Takes the operator's state back.</summary>
    /// <param name="snapshot">What <see cref="SnapshotState"/> answered.</param>
    /// <returns>A task that ends when the state is restored.</returns>
    Task RestoreState(OperatorStateSnapshot snapshot);
}
