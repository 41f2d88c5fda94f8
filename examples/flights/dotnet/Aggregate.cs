namespace Flights;

/// <summary>What is kept for a route, a carrier and a day.</summary>
/// <param name="Flights">Rows, cancelled ones included.</param>
/// <param name="Cancelled">Rows without a departure; all others departed.</param>
/// <param name="DepartureDelay">Sum over the flights that departed, minutes.</param>
/// <param name="Arrived">Rows with an arrival delay.</param>
/// <param name="ArrivalDelay">Sum over the flights that arrived, minutes.</param>
/// <param name="Worst">The largest arrival delay and its flight, see <see cref="WorstArrival"/>.</param>
internal readonly record struct Aggregate(
    long Flights, long Cancelled, long DepartureDelay, long Arrived, long ArrivalDelay, long Worst)
{
    /// <summary>The aggregate of no flights.</summary>
    public static readonly Aggregate Nothing = new(0, 0, 0, 0, 0, WorstArrival.None);

    /// <summary>Number of fields.</summary>
    public const int FieldCount = 6;

    /// <summary>Mean in minutes; NaN when no flight counts.</summary>
    public double MeanDepartureDelay => Flights == Cancelled ? double.NaN : (double)DepartureDelay / (Flights - Cancelled);

    /// <summary>Mean in minutes; NaN when no flight counts.</summary>
    public double MeanArrivalDelay => Arrived == 0 ? double.NaN : (double)ArrivalDelay / Arrived;

    /// <summary>The plain way to add a flight.</summary>
    public Aggregate With(in Flight flight) => new(
        Flights + 1,
        Cancelled + (flight.IsCancelled ? 1 : 0),
        DepartureDelay + (flight.DepartureDelay ?? 0),
        Arrived + (flight.ArrivalDelay is null ? 0 : 1),
        ArrivalDelay + (flight.ArrivalDelay ?? 0),
        flight.ArrivalDelay is { } delay ? Math.Max(Worst, WorstArrival.Of(delay, flight.Row)) : Worst);
}
