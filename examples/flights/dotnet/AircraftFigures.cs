namespace Flights;

/// <summary>What is kept for an aircraft.</summary>
/// <param name="Flights">Rows.</param>
/// <param name="Miles">Of the flights that departed.</param>
/// <param name="Seen">Its latest departure by the timetable, in event time; null when that has expired.</param>
internal readonly record struct AircraftFigures(long Flights, long Miles, long? Seen)
{
    /// <summary>An aircraft that is not seen for so long is forgotten: when it was seen and its destinations have a time-to-live.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromDays(7);

    /// <summary>The plain way to add a flight.</summary>
    public AircraftFigures With(in Flight flight) =>
        new(Flights + 1, Miles + (flight.IsCancelled ? 0 : flight.Miles), Math.Max(Seen ?? flight.Scheduled, flight.Scheduled));
}
