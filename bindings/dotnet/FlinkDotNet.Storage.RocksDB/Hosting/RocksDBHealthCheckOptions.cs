namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Options of a <see cref="RocksDBHealthCheck"/>. They are read once.</summary>
public sealed class RocksDBHealthCheckOptions
{
    /// <summary>
    /// Gets or sets the effective pressure above which a backend is degraded. Default 0.8, from which on pressure is critical and producers
    /// should pause; from 0 to 1, and at 1 only a failure counts.
    /// </summary>
    public double DegradedAbove { get; set; } = 0.8;

    /// <summary>Refuses what no check can go by.</summary>
    internal void Check()
    {
        if (!(DegradedAbove is >= 0 and <= 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(DegradedAbove)} is {DegradedAbove}; it must be from 0 to 1."));
        }
    }
}
