using System.Runtime.InteropServices;

namespace Flights;

/// <summary>Aggregates by key, in memory: the keys that one batch touches, what a scan brought, or the plain recomputation.</summary>
internal sealed class AggregateTable : Dictionary<string, Aggregate>
{
    public AggregateTable()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>Recomputes every aggregate of every key, without the backend.</summary>
    public static AggregateTable Recompute(string dataFolder)
    {
        var table = new AggregateTable();
        var rows = new List<Flight>();
        using var file = new FlightFile(dataFolder);
        while (file.ReadRows(rows, count: 1024))
            rows.ForEach(table.AddFlight);
        return table;
    }

    /// <summary>Adds the flight to the aggregates of all its keys.</summary>
    public void AddFlight(Flight flight)
    {
        foreach (var key in KeyKind.KeysOf(flight))
            CollectionsMarshal.GetValueRefOrAddDefault(this, key, out _).Add(flight);
    }
}
