namespace FlinkDotNet.Core.Abstractions.Storage;

/// <summary>Keeps snapshots of operator state, one for each (job, checkpoint, task manager, operator).</summary>
public interface IStateSnapshotStore
{
    /// <summary>Stores a snapshot; a second call with the same four identifiers replaces it.</summary>
    /// <param name="jobId">Identifier of the job.</param>
    /// <param name="checkpointId">Number of the checkpoint that the snapshot belongs to.</param>
    /// <param name="taskManagerId">Identifier of the task manager that runs the operator.</param>
    /// <param name="operatorId">Identifier of the operator.</param>
    /// <param name="snapshotData">Bytes of the snapshot; the caller must not change them before the task ends.</param>
    /// <returns>The handle that <see cref="RetrieveSnapshot"/> takes.</returns>
    Task<SnapshotHandle> StoreSnapshot(string jobId, long checkpointId, string taskManagerId, string operatorId, byte[] snapshotData);

    /// <summary>Reads a snapshot back.</summary>
    /// <param name="handle">A handle that this store issued.</param>
    /// <returns>The bytes of the snapshot, or null when the store does not have it.</returns>
    Task<byte[]?> RetrieveSnapshot(SnapshotHandle handle);
}
