using System.Globalization;

namespace FlinkDotNet.Core.Abstractions.Windowing;

/// <summary>A window from a start, inclusive, to an end, exclusive.</summary>
public sealed class TimeWindow : Window
{
    /// <summary>Initializes a new instance of the <see cref="TimeWindow"/> class.</summary>
    /// <param name="start">First timestamp, milliseconds since the Unix epoch.</param>
    /// <param name="end">First timestamp after the window.</param>
    /// <exception cref="ArgumentException">The start is not before the end.</exception>
    public TimeWindow(long start, long end)
    {
        if (start >= end)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"A time window must start before it ends, but {start} is not before {end}."), nameof(start));
        }

        Start = start;
        End = end;
    }

    /// <summary>Gets the first timestamp of the window.</summary>
    public long Start { get; }

    /// <summary>Gets the first timestamp after the window.</summary>
    public long End { get; }

    /// <summary>Finds the start of the tumbling window that a timestamp falls into.</summary>
    /// <param name="timestamp">The timestamp.</param>
    /// <param name="offset">Shift of all windows.</param>
    /// <param name="windowSize">Length of a window in milliseconds, more than zero.</param>
    /// <returns>The start, also for timestamps before the epoch.</returns>
    public static long GetWindowStartWithOffset(long timestamp, long offset, long windowSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(windowSize);
        var remainder = (timestamp - offset) % windowSize;
        return timestamp - (remainder < 0 ? remainder + windowSize : remainder);
    }

    /// <inheritdoc/>
    public override long MaxTimestamp() => End - 1;

    /// <summary>Says whether two windows share a timestamp.</summary>
    /// <param name="other">The other window.</param>
    /// <returns>Whether they overlap.</returns>
    public bool Intersects(TimeWindow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Start < other.End && End > other.Start;
    }

    /// <summary>Makes the smallest window that covers two.</summary>
    /// <param name="other">The other window.</param>
    /// <returns>The covering window.</returns>
    public TimeWindow Cover(TimeWindow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new TimeWindow(Math.Min(Start, other.Start), Math.Max(End, other.End));
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TimeWindow window && Start == window.Start && End == window.End;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Start, End);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"TimeWindow{{start={Start}, end={End}}}");
}
