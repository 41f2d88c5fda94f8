using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What a <see cref="CreditPool"/> is like at one moment. Credits are in the pool's unit; totals are since it was made.</summary>
public sealed record CreditFigures
{
    /// <summary>Gets the credits that there are.</summary>
    public long Capacity { get; init; }

    /// <summary>Gets the credits that may be out.</summary>
    public long Limit { get; init; }

    /// <summary>Gets the credits that are out; above the limit after that fell: nothing is granted until the difference came back.</summary>
    public long Outstanding { get; init; }

    /// <summary>Gets the credits that the calls in the queue wait for.</summary>
    public long WaitingCredits { get; init; }

    /// <summary>Gets the calls in the queue.</summary>
    public long WaitingCalls { get; init; }

    /// <summary>
    /// Gets how long calls wait for their credits: the 95th percentile over the last one to two seconds, calls that did not wait included, or
    /// the age of the oldest in the queue.
    /// </summary>
    public TimeSpan QueueWait { get; init; }

    /// <summary>Gets the open channels.</summary>
    public long Channels { get; init; }

    /// <summary>Gets the credits granted, in total.</summary>
    public long GrantedCredits { get; init; }

    /// <summary>Gets the calls that were granted credits, in total.</summary>
    public long GrantedCalls { get; init; }

    /// <summary>Gets the requests that were granted none, in total.</summary>
    public long RefusedCalls { get; init; }

    /// <summary>Gets the calls whose time was up, in total.</summary>
    public long TimedOutCalls { get; init; }

    /// <summary>Gets the calls that were cancelled while they waited, in total.</summary>
    public long CancelledCalls { get; init; }

    /// <summary>Gets the writes that the engine refused, by <see cref="Credits.Refund"/>, in total.</summary>
    public long Congestions { get; init; }

    /// <summary>Gets a value indicating whether the engine stands still and one call is granted per period.</summary>
    public bool IsProbing { get; init; }

    /// <summary>The figures as the library read them.</summary>
    internal static CreditFigures From(in fsb_credit_figures native) => new()
    {
        Capacity = checked((long)native.capacity),
        Limit = checked((long)native.limit),
        Outstanding = checked((long)native.outstanding),
        WaitingCredits = checked((long)native.waiting_credits),
        WaitingCalls = checked((long)native.waiting_calls),
        QueueWait = TimeSpan.FromMilliseconds(native.queue_wait_millis),
        Channels = checked((long)native.channels),
        GrantedCredits = checked((long)native.granted_credits),
        GrantedCalls = checked((long)native.granted_calls),
        RefusedCalls = checked((long)native.refused_calls),
        TimedOutCalls = checked((long)native.timed_out_calls),
        CancelledCalls = checked((long)native.cancelled_calls),
        Congestions = checked((long)native.congestions),
        IsProbing = native.is_probing != 0,
    };
}
