namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Which part of the checkpoints of all former subtasks a backend opens with, in the place of what its folder holds.</summary>
/// <remarks>
/// The former subtasks had a backend and a checkpoint folder each, over key groups that together are all of them. Each new subtask is given the
/// same folders and takes: keyed state and timers of its own key groups (<see cref="KeyGroups.RangeOf"/>); every n-th element of operator list
/// state, all of union state, a copy of broadcast state; and, as subtask 0, the rows of other column families.
/// </remarks>
public sealed class CheckpointRescale
{
    /// <summary>Gets or sets the checkpoint folders of the former subtasks, in their order. One or more.</summary>
    public IReadOnlyList<string> Directories { get; set; } = [];

    /// <summary>Gets or sets the id of a checkpoint for each folder. Default empty, the greatest of each: right when all of them took part in it.</summary>
    public IReadOnlyList<long> CheckpointIds { get; set; } = [];

    /// <summary>Gets or sets the number of subtasks from now on. Default 1; at most the max parallelism, which stays as it was.</summary>
    public int Parallelism { get; set; } = 1;

    /// <summary>Gets or sets which of them the backend is, from 0.</summary>
    public int Subtask { get; set; }

    /// <summary>
    /// Gets or sets whose the checkpoints are from then on. Default <see cref="ClaimMode.NoClaim"/>. With a <see cref="Parallelism"/> of more than 1
    /// <see cref="ClaimMode.Claim"/> counts as <see cref="ClaimMode.Legacy"/>, because the other subtasks need them as well.
    /// </summary>
    public ClaimMode ClaimMode { get; set; } = ClaimMode.NoClaim;
}
