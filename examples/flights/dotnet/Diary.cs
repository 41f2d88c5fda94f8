namespace Flights;

/// <summary>The daily reports as they come in, one line each.</summary>
internal sealed class Diary(IReadOnlyList<Flight> flights)
{
    private const int BarCells = 12;
    private const double MinutesPerCell = 4;

    private readonly Dictionary<long, Aggregate> _printed = [];

    /// <summary>
    /// The line of a report, null when it has been handed out. Then it must be the same still: the state keeps it over a kill.
    /// </summary>
    public string? Take(long day, Aggregate report)
    {
        if (_printed.TryAdd(day, report))
            return Line(day, report);
        return _printed[day] == report ? null : throw new FlightsException(
            $"the report of {EventTime.Text(day)} in the state is not the one that was printed.");
    }

    private string Line(long day, Aggregate report)
    {
        var delay = report.MeanArrivalDelay;
        var eighths = delay > 0 ? (int)Math.Round(Math.Min(delay / MinutesPerCell, BarCells) * 8) : 0;
        var bar = Terminal.Painted(delay, Terminal.Bar(eighths).PadRight(BarCells));
        return $"  {EventTime.Text(day),6} {Figures.Count(report.Flights),7} flights {Figures.Count(report.Cancelled),5} cancelled  " +
            $"arrival {Figures.Minutes(delay),6} {bar} worst {Worst(report.Worst)}";
    }

    /// <summary>The worst arrival with its flight: "   853  MQ 3944".</summary>
    private string Worst(long worst)
    {
        if (worst == WorstArrival.None || WorstArrival.RowIn(worst) >= flights.Count)
            return $"{"-",6}";
        var flight = flights[(int)WorstArrival.RowIn(worst)];
        return $"{Figures.Count(WorstArrival.DelayIn(worst)),6}  {flight.Carrier} {flight.Number}";
    }
}
