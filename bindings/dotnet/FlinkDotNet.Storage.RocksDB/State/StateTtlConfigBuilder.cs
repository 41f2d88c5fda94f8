namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Builds a <see cref="StateTtlConfig"/>, with the methods that Flink's builder has.</summary>
public sealed class StateTtlConfigBuilder
{
    private readonly TimeSpan _timeToLive;
    private StateTtlUpdateType _updateType = StateTtlUpdateType.OnCreateAndWrite;
    private StateTtlVisibility _visibility = StateTtlVisibility.NeverReturnExpired;
    private StateTtlTime _time = StateTtlTime.Processing;

    /// <summary>Initializes a new instance of the <see cref="StateTtlConfigBuilder"/> class.</summary>
    internal StateTtlConfigBuilder(TimeSpan timeToLive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.FromMilliseconds(1));
        _timeToLive = timeToLive;
    }

    /// <summary>Sets what begins the time-to-live anew.</summary>
    /// <param name="updateType">What does.</param>
    /// <returns>This builder.</returns>
    public StateTtlConfigBuilder SetUpdateType(StateTtlUpdateType updateType)
    {
        _updateType = updateType;
        return this;
    }

    /// <summary>Lets writing alone begin the time-to-live anew.</summary>
    /// <returns>This builder.</returns>
    public StateTtlConfigBuilder UpdateTtlOnCreateAndWrite() => SetUpdateType(StateTtlUpdateType.OnCreateAndWrite);

    /// <summary>Lets writing and reading begin the time-to-live anew.</summary>
    /// <returns>This builder.</returns>
    public StateTtlConfigBuilder UpdateTtlOnReadAndWrite() => SetUpdateType(StateTtlUpdateType.OnReadAndWrite);

    /// <summary>Sets whether what has expired can still be read.</summary>
    /// <param name="visibility">Whether it can.</param>
    /// <returns>This builder.</returns>
    public StateTtlConfigBuilder SetStateVisibility(StateTtlVisibility visibility)
    {
        _visibility = visibility;
        return this;
    }

    /// <summary>Hides what has expired.</summary>
    /// <returns>This builder.</returns>
    public StateTtlConfigBuilder NeverReturnExpired() => SetStateVisibility(StateTtlVisibility.NeverReturnExpired);

    /// <summary>Shows what has expired as long as it has not been removed.</summary>
    /// <returns>This builder.</returns>
    public StateTtlConfigBuilder ReturnExpiredIfNotCleanedUp() => SetStateVisibility(StateTtlVisibility.ReturnExpiredIfNotCleanedUp);

    /// <summary>Sets the clock that the time-to-live follows.</summary>
    /// <param name="time">The clock.</param>
    /// <returns>This builder.</returns>
    public StateTtlConfigBuilder SetTtlTime(StateTtlTime time)
    {
        _time = time;
        return this;
    }

    /// <summary>Lets the time-to-live follow processing time.</summary>
    /// <returns>This builder.</returns>
    public StateTtlConfigBuilder UseProcessingTime() => SetTtlTime(StateTtlTime.Processing);

    /// <summary>Lets the time-to-live follow the watermark, which Flink itself does not offer.</summary>
    /// <returns>This builder.</returns>
    public StateTtlConfigBuilder UseEventTime() => SetTtlTime(StateTtlTime.Event);

    /// <summary>Makes the configuration.</summary>
    /// <returns>The configuration.</returns>
    public StateTtlConfig Build() => new(_timeToLive, _updateType, _visibility, _time);
}
