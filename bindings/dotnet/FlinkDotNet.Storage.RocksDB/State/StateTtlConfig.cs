namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The time-to-live of a state: of each value, list element and map entry. It may be switched on, off or changed when the state is opened
/// in a later session; what was written before without one counts from the moment it was switched on.
/// </summary>
public sealed class StateTtlConfig
{
    /// <summary>Initializes a new instance of the <see cref="StateTtlConfig"/> class.</summary>
    internal StateTtlConfig(TimeSpan timeToLive, StateTtlUpdateType updateType, StateTtlVisibility visibility, StateTtlTime time)
    {
        TimeToLive = timeToLive;
        UpdateType = updateType;
        Visibility = visibility;
        Time = time;
    }

    /// <summary>Gets the time-to-live, in whole milliseconds.</summary>
    public TimeSpan TimeToLive { get; }

    /// <summary>Gets what begins it anew.</summary>
    public StateTtlUpdateType UpdateType { get; }

    /// <summary>Gets whether what has expired can still be read.</summary>
    public StateTtlVisibility Visibility { get; }

    /// <summary>Gets the clock that it follows.</summary>
    public StateTtlTime Time { get; }

    /// <summary>Begins a configuration that is renewed by writing, hides what has expired and follows processing time.</summary>
    /// <param name="timeToLive">The time-to-live, one millisecond or more.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time-to-live is less than a millisecond.</exception>
    public static StateTtlConfigBuilder NewBuilder(TimeSpan timeToLive) => new(timeToLive);
}
