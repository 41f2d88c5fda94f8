namespace FlinkDotNet.Storage.RocksDB;

/// <summary>How a savepoint is imported, and what of it.</summary>
public class SavepointImportOptions
{
    /// <summary>Gets or sets the name of the savepoint in messages. Default null: its path, or none.</summary>
    public string? Name { get; set; }

    /// <summary>Gets or sets the names of the keyed states that are wanted. Default null, all that the savepoint has.</summary>
    public IReadOnlyList<string>? States { get; set; }

    /// <summary>Gets or sets whether timers are wanted. Default null: when all keyed states are.</summary>
    public bool? IncludeTimers { get; set; }

    /// <summary>Gets or sets whether operator states are wanted. Default null: when all keyed states are.</summary>
    public bool? IncludeOperatorStates { get; set; }

    /// <summary>
    /// Gets or sets whether rows of column families that hold no state are wanted. Default null: in the first subtask, when all keyed states are.
    /// </summary>
    public bool? IncludeColumnFamilies { get; set; }

    /// <summary>
    /// Gets or sets the key groups that are wanted. Default null: those of the subtask when the parallelism is given, or all of the savepoint, which
    /// the backend must have if it had key groups open before.
    /// </summary>
    public KeyGroupRange? KeyGroups { get; set; }

    /// <summary>
    /// Gets or sets the number of subtasks of the job, which share the key groups and the elements of operator lists. Default null: one, of any key
    /// groups.
    /// </summary>
    public int? Parallelism { get; set; }

    /// <summary>Gets or sets which of the subtasks the backend is of, from 0. Default 0.</summary>
    public int Subtask { get; set; }

    /// <summary>
    /// Gets or sets how many savepoints of the same job were imported into the backend before this one; operator lists are then added to.
    /// Default 0.
    /// </summary>
    public int Position { get; set; }

    /// <summary>
    /// Gets or sets the number of key groups of the job. Default null: that of the backend, or that of the savepoint when there is no keyed state yet.
    /// </summary>
    public int? MaxParallelism { get; set; }

    /// <summary>
    /// Gets or sets whether every key is placed anew, by the library's own hash of its bytes, which another <see cref="MaxParallelism"/> needs.
    /// Refused for keys that were placed by a hash of the caller's. Default false.
    /// </summary>
    public bool Rehash { get; set; }
}
