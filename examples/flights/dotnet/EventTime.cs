using FlinkDotNet.Core.Abstractions.Windowing;

namespace Flights;

/// <summary>Event time: milliseconds since 1970 in the clock of the timetable, New York's.</summary>
internal static class EventTime
{
    /// <summary>The watermark before the first row.</summary>
    public const long NoWatermark = long.MinValue;

    private const long MillisPerDay = 24 * 60 * 60 * 1000;

    /// <summary>The time of a date with a time of the day such as 1745, a quarter to six in the evening.</summary>
    public static long Of(long year, long month, long day, long hourAndMinute) => MillisOf(
        new DateTime((int)year, (int)month, (int)day, (int)(hourAndMinute / 100), (int)(hourAndMinute % 100), 0, DateTimeKind.Utc));

    /// <summary>The day that a time is in, as the window from its midnight to the next.</summary>
    public static TimeWindow DayOf(long time)
    {
        var midnight = TimeWindow.GetWindowStartWithOffset(time, offset: 0, MillisPerDay);
        return new TimeWindow(midnight, midnight + MillisPerDay);
    }

    /// <summary>"2013-01-05".</summary>
    public static string Name(TimeWindow day) => $"{DateOf(day.Start):yyyy-MM-dd}";

    /// <summary>The day of a <see cref="Name"/>.</summary>
    public static TimeWindow DayNamed(string name) => DateOnly.TryParseExact(name, "yyyy-MM-dd", out var date)
        ? DayOf(MillisOf(date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc)))
        : throw new FlightsException($"\"{name}\" in the state is no day of this job.");

    /// <summary>"5 Jan".</summary>
    public static string Text(long time) => $"{DateOf(time).Day} {DateOf(time):MMM}";

    private static DateTime DateOf(long time) => DateTime.UnixEpoch.AddMilliseconds(time);

    private static long MillisOf(DateTime time) => (long)(time - DateTime.UnixEpoch).TotalMilliseconds;
}
