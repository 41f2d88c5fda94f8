namespace Flights;

/// <summary>The carriers and the busiest routes, from the aggregates of the state.</summary>
internal sealed class Tables(AggregateTable stored, Airlines airlines)
{
    private const int RoutesShown = 8;
    private const int NameCells = 20;

    public void Print()
    {
        Console.WriteLine("\n" + Terminal.Bold("Carriers (mean and worst delays in minutes; below zero is early)"));
        PrintHeader("airline");
        foreach (var (code, aggregate) in ByFlights(KeyKind.Carrier))
            PrintRow(airlines.ShortName(code), aggregate, code + " ");

        Console.WriteLine("\n" + Terminal.Bold("Busiest routes"));
        PrintHeader("route");
        foreach (var (route, aggregate) in ByFlights(KeyKind.Route).Take(RoutesShown))
            PrintRow(route, aggregate, "#");
    }

    private static void PrintHeader(string first) =>
        Console.WriteLine(Terminal.Dim($"  {first,-NameCells}{"flights",7} {"cancelled",9} {"departure",9} {"arrival",7} {"worst",6}"));

    private static void PrintRow(string name, in Aggregate aggregate, string flightPrefix)
    {
        var worst = aggregate.Arrived == 0 ? $"{"-",6}"
            : $"{Figures.Count(aggregate.ArrivalDelayMax),6}  {flightPrefix}{aggregate.WorstFlight} {aggregate.WorstDay} Jan";
        Console.WriteLine(
            $"  {name,-NameCells}{Figures.Count(aggregate.Flights),7} {Figures.Count(aggregate.Cancelled),9} " +
            $"{Figures.Minutes(aggregate.MeanDepartureDelay),9} {Figures.Minutes(aggregate.MeanArrivalDelay),7} {worst}");
    }

    private IEnumerable<(string Name, Aggregate Aggregate)> ByFlights(KeyKind kind) =>
        from entry in stored
        where kind.Owns(entry.Key)
        orderby entry.Value.Flights descending, entry.Key
        select (kind.NameIn(entry.Key), entry.Value);
}
