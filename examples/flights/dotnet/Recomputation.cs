namespace Flights;

/// <summary>The same totals from the file, in memory and without the backend: expiry and daily reports as well.</summary>
internal sealed class Recomputation
{
    private readonly Totals _totals = new();
    private readonly Dictionary<string, long> _seenAt = []; // watermark when an aircraft was written last
    private readonly Dictionary<(string Aircraft, string Airport), long> _flownAt = []; // and a destination

    private Recomputation()
    {
    }

    public static Totals Of(IReadOnlyList<Flight> flights)
    {
        var recomputation = new Recomputation();
        foreach (var flight in flights)
            recomputation.Add(flight);
        recomputation.Expire(EventTime.DayOf(flights[^1].Scheduled).MaxTimestamp());
        return recomputation._totals;
    }

    /// <summary>The rule of the time-to-live: what was written so long ago is gone.</summary>
    private static bool HasExpired(long writtenAt, long watermark) =>
        writtenAt + (long)AircraftFigures.TimeToLive.TotalMilliseconds <= watermark;

    private void Add(Flight flight)
    {
        Add(_totals.Routes, KeyKind.Route.NameOf(flight), flight);
        Add(_totals.Carriers, flight.Carrier, flight);
        Add(_totals.Days, EventTime.DayOf(flight.Scheduled).Start, flight);
        if (flight.Aircraft.Length == 0)
            return;
        var watermark = flight.Scheduled - 1;
        _totals.Aircraft[flight.Aircraft] = _totals.Aircraft.GetValueOrDefault(flight.Aircraft).With(flight);
        _seenAt[flight.Aircraft] = watermark;
        AddDestination((flight.Aircraft, flight.Destination), watermark);
    }

    private static void Add<TKey>(Dictionary<TKey, Aggregate> aggregates, TKey key, in Flight flight)
        where TKey : notnull => aggregates[key] = aggregates.GetValueOrDefault(key, Aggregate.Nothing).With(flight);

    private void AddDestination((string Aircraft, string Airport) key, long watermark)
    {
        var isLive = _flownAt.TryGetValue(key, out var writtenAt) && !HasExpired(writtenAt, watermark);
        _totals.Destinations[key] = isLive ? _totals.Destinations[key] + 1 : 1;
        _flownAt[key] = watermark;
    }

    private void Expire(long watermark)
    {
        foreach (var (aircraft, writtenAt) in _seenAt.Where(entry => HasExpired(entry.Value, watermark)))
            _totals.Aircraft[aircraft] = _totals.Aircraft[aircraft] with { Seen = null };
        foreach (var (key, _) in _flownAt.Where(entry => HasExpired(entry.Value, watermark)))
            _totals.Destinations.Remove(key);
    }
}
