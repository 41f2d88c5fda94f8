namespace FlinkDotNet.Core.Abstractions.Storage;

/// <summary>Where a task keeps its state.</summary>
public interface IStateBackend
{
    /// <summary>Gets the store that keeps snapshots of operators outside the live state.</summary>
    IStateSnapshotStore SnapshotStore { get; }
}
