namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Which checkpoint a backend opens with, in the place of what its folder holds.</summary>
public class CheckpointRestore
{
    /// <summary>
    /// Gets or sets the folder of the checkpoints. Default null, that of the backend's own (<see cref="RocksDBOptions.CheckpointDirectory"/>).
    /// </summary>
    public string? Directory { get; set; }

    /// <summary>
    /// Gets or sets the id of the checkpoint. Default null, the greatest there is; when that one is damaged the restore is refused, because an
    /// older state is taken only when it is asked for.
    /// </summary>
    public long? CheckpointId { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the backend opens with an empty state as long as there is no checkpoint, instead of failing. For a
    /// job that starts with its newest checkpoint each time, the first time as well. Default false. What the folder holds goes in either case:
    /// a job that ended before its first checkpoint begins anew.
    /// </summary>
    public bool OrEmpty { get; set; }

    /// <summary>Gets or sets whose the checkpoint is from then on. Default <see cref="ClaimMode.NoClaim"/>, as in Flink.</summary>
    public ClaimMode ClaimMode { get; set; } = ClaimMode.NoClaim;
}
