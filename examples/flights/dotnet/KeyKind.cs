namespace Flights;

/// <summary>What the stream is keyed by; the text of a key is "route/EWR-IAH", "carrier/UA", "aircraft/N14228", "day/2013-01-05".</summary>
/// <param name="Prefix">With which its keys begin.</param>
/// <param name="NameOf">The name of the key that a flight has in the kind; empty when it has none.</param>
internal sealed record KeyKind(string Prefix, Func<Flight, string> NameOf)
{
    public static readonly KeyKind Route = new("route/", flight => $"{flight.Origin}-{flight.Destination}");
    public static readonly KeyKind Carrier = new("carrier/", flight => flight.Carrier);
    public static readonly KeyKind Aircraft = new("aircraft/", flight => flight.Aircraft);

    /// <summary>A window of all flights: its key is the city, its namespace the day.</summary>
    public static readonly KeyKind Day = new("day/", flight => EventTime.Name(EventTime.DayOf(flight.Scheduled)));

    public static readonly KeyKind[] All = [Route, Carrier, Aircraft, Day];

    /// <summary>The keys of the flight, one of each kind. A flight without a tail number belongs to no aircraft.</summary>
    public static IEnumerable<string> KeysOf(Flight flight) =>
        from kind in All
        let name = kind.NameOf(flight)
        where name.Length > 0
        select kind.Prefix + name;

    /// <summary>Takes the text of a key apart.</summary>
    public static (KeyKind Kind, string Name) Parse(string key)
    {
        foreach (var kind in All)
        {
            if (key.StartsWith(kind.Prefix, StringComparison.Ordinal))
                return (kind, key[kind.Prefix.Length..]);
        }

        throw new FlightsException($"\"{key}\" in the state is no key of this job.");
    }
}
