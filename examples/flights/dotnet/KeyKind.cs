namespace Flights;

/// <summary>A kind of key: what the rows are grouped by, with its own prefix in the column family.</summary>
internal sealed record KeyKind(string Prefix, string Plural, Func<Flight, string> NameOf)
{
    public static readonly KeyKind Route = new("route/", "routes", flight => $"{flight.Origin}-{flight.Destination}");
    public static readonly KeyKind Carrier = new("carrier/", "carriers", flight => flight.Carrier);
    public static readonly KeyKind Aircraft = new("aircraft/", "aircraft", flight => flight.Aircraft);
    public static readonly KeyKind[] All = [Route, Carrier, Aircraft];

    /// <summary>The keys of the flight, e.g. "route/EWR-IAH", "carrier/UA", "aircraft/N14228".</summary>
    /// <remarks>A flight without a tail number belongs to no aircraft.</remarks>
    public static IEnumerable<string> KeysOf(Flight flight) =>
        from kind in All
        let name = kind.NameOf(flight)
        where name.Length > 0
        select kind.Prefix + name;

    public bool Owns(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);

    public string NameIn(string key) => key[Prefix.Length..];
}
