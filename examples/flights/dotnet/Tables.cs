namespace Flights;

/// <summary>The carriers, the busiest routes and the busiest aircraft, from the state; the flights only tell what flight a row was.</summary>
internal sealed class Tables(Totals stored, IReadOnlyList<Flight> flights, Airlines airlines)
{
    private const int RoutesShown = 8;
    private const int AircraftShown = 6;
    private const int DestinationsShown = 6;
    private const int NameCells = 20;

    public void Print()
    {
        Console.WriteLine("\n" + Terminal.Bold("Carriers (mean and worst delays in minutes; below zero is early)"));
        PrintHeader("airline");
        foreach (var (code, aggregate) in ByFlights(stored.Carriers))
            PrintRow(airlines.ShortName(code), aggregate);

        Console.WriteLine("\n" + Terminal.Bold("Busiest routes"));
        PrintHeader("route");
        foreach (var (route, aggregate) in ByFlights(stored.Routes).Take(RoutesShown))
            PrintRow(route, aggregate);

        PrintAircraft();
    }

    private static void PrintHeader(string first) =>
        Console.WriteLine(Terminal.Dim($"  {first,-NameCells}{"flights",7} {"cancelled",9} {"departure",9} {"arrival",7} {"worst",6}"));

    private static IEnumerable<KeyValuePair<string, Aggregate>> ByFlights(Dictionary<string, Aggregate> aggregates) =>
        from entry in aggregates
        orderby entry.Value.Flights descending, entry.Key
        select entry;

    private void PrintRow(string name, in Aggregate aggregate) => Console.WriteLine(
        $"  {name,-NameCells}{Figures.Count(aggregate.Flights),7} {Figures.Count(aggregate.Cancelled),9} " +
        $"{Figures.Minutes(aggregate.MeanDepartureDelay),9} {Figures.Minutes(aggregate.MeanArrivalDelay),7} {Worst(aggregate.Worst)}");

    /// <summary>The largest arrival delay with the flight that had it: " 1,272  HA 51 9 Jan".</summary>
    private string Worst(long worst)
    {
        if (worst == WorstArrival.None || WorstArrival.RowIn(worst) >= flights.Count)
            return $"{"-",6}";
        var flight = flights[(int)WorstArrival.RowIn(worst)];
        return $"{Figures.Count(WorstArrival.DelayIn(worst)),6}  {flight.Carrier} {flight.Number} {EventTime.Text(flight.Scheduled)}";
    }

    private void PrintAircraft()
    {
        Console.WriteLine("\n" + Terminal.Bold("Busiest aircraft"));
        Console.WriteLine(Terminal.Dim($"  {"aircraft",-NameCells}{"flights",7} {"miles",9}  flights to where it still flies"));
        var busiest =
            from entry in stored.Aircraft
            orderby entry.Value.Flights descending, entry.Key
            select (entry.Key, entry.Value);
        foreach (var (name, aircraft) in busiest.Take(AircraftShown))
        {
            Console.WriteLine(
                $"  {name,-NameCells}{Figures.Count(aircraft.Flights),7} {Figures.Count(aircraft.Miles),9}  {DestinationsOf(name)}");
        }

        var expired = stored.Aircraft.Values.Count(aircraft => aircraft.Seen is null);
        Console.WriteLine(
            $"  Expired: {Figures.Count(expired)} of {Figures.Count(stored.Aircraft.Count)} aircraft, " +
            $"not seen for {AircraftFigures.TimeToLive.Days} days when the month ended.");
    }

    /// <summary>Where the aircraft has flown to, as far as that has not expired: "RDU 7, CLE 5, DTW 4 and 3 more".</summary>
    private string DestinationsOf(string aircraft)
    {
        var destinations = (
            from entry in stored.Destinations
            where entry.Key.Aircraft == aircraft
            orderby entry.Value descending, entry.Key.Airport
            select $"{entry.Key.Airport} {Figures.Count(entry.Value)}").ToList();
        var shown = string.Join(", ", destinations.Take(DestinationsShown));
        return destinations.Count > DestinationsShown ? $"{shown} and {destinations.Count - DestinationsShown} more" : shown;
    }
}
