namespace Flights;

/// <summary>What the state holds when the job has ended, or the same by plain recomputation.</summary>
internal sealed class Totals
{
    public Dictionary<string, Aggregate> Routes { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Aggregate> Carriers { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, AircraftFigures> Aircraft { get; } = new(StringComparer.Ordinal);

    /// <summary>The daily reports, by the midnight at which the day begins.</summary>
    public Dictionary<long, Aggregate> Days { get; } = [];

    /// <summary>Flights of an aircraft to an airport.</summary>
    public Dictionary<(string Aircraft, string Airport), long> Destinations { get; } = [];

    /// <summary>Reads what the state holds for all keys.</summary>
    public static Totals Read(JobState state)
    {
        var (totals, states) = (new Totals(), state.States);
        states.ForAllKeys(states.Routes.Name, route => totals.Routes[route] = states.Routes.Read());
        states.ForAllKeys(states.Carriers.Name, carrier => totals.Carriers[carrier] = states.Carriers.Read());
        states.ForAllKeys(states.Aircraft.Name, aircraft =>
        {
            totals.Aircraft[aircraft] = states.Aircraft.Read();
            foreach (var (airport, flights) in states.Aircraft.ReadDestinations())
                totals.Destinations[(aircraft, airport)] = flights;
        });
        foreach (var (day, report) in state.Reports.ReadAfter(EventTime.NoWatermark))
            totals.Days[day] = report;
        return totals;
    }
}
