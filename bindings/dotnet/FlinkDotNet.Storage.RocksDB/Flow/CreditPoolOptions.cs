namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Options of a <see cref="CreditPool"/>. They are read once.</summary>
public sealed class CreditPoolOptions
{
    /// <summary>Gets or sets the name of the pool, for errors and metrics. Default "credits".</summary>
    public string Name { get; set; } = "credits";

    /// <summary>
    /// Gets or sets the credits that there are, from 1, in a unit that all users of the pool agree on. Advised are bytes: those of keys and
    /// values, and 64 for each row; about what the engine takes in in half a second is a good start.
    /// </summary>
    public required long Capacity { get; set; }

    /// <summary>
    /// Gets or sets the most credits for which one call may wait, at most half of the capacity. Default 0, which is an eighth of it. A
    /// large call holds up those behind it until there is enough for it: keep it well below the capacity.
    /// </summary>
    public long LargestRequest { get; set; }
}
