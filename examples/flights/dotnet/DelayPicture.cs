namespace Flights;

/// <summary>A bar per carrier: mean arrival delay, early to the left of the axis, late to the right.</summary>
internal sealed class DelayPicture(Totals stored, Airlines airlines)
{
    private const int FlightsForABar = 20; // a mean over fewer flights says nothing and would set the scale
    private const int EarlyCells = 17;
    private const int LateCells = 30;
    private const int NameCells = 20;

    public void Print()
    {
        var carriers = Carriers();
        var scale = carriers.Select(carrier => CellMinutes(carrier.Delay)).Append(0.5).Max();
        Console.WriteLine("\n" + Terminal.Bold($"Mean arrival delay in minutes (carriers with {FlightsForABar} flights or more)"));
        foreach (var (name, delay) in carriers)
            Console.WriteLine(Line(name, delay, scale));
    }

    /// <summary>Minutes per cell with which the bar just fits.</summary>
    private static double CellMinutes(double delay) => delay < 0 ? -delay / EarlyCells : delay / LateCells;

    private static string Line(string name, double delay, double scale)
    {
        var cells = delay / scale;
        var early = Terminal.Painted(delay, delay < 0 ? EarlyBar(-cells) : new string(' ', EarlyCells));
        var late = Terminal.Painted(delay, delay > 0 ? Terminal.Bar((int)Math.Round(cells * 8)) : "");
        return $"  {name,-NameCells} {early}│{late} {Figures.Minutes(delay)}";
    }

    /// <summary>Bars to the left of the axis end in half cells: there are no finer blocks that fill a cell from the right.</summary>
    private static string EarlyBar(double cells)
    {
        var halves = (int)Math.Round(cells * 2);
        return ((halves % 2 == 1 ? "▐" : "") + new string('█', halves / 2)).PadLeft(EarlyCells);
    }

    private List<(string Name, double Delay)> Carriers() =>
    [
        .. from entry in stored.Carriers
           where entry.Value.Flights >= FlightsForABar && entry.Value.Arrived > 0
           orderby entry.Value.MeanArrivalDelay descending, entry.Key
           select (airlines.ShortName(entry.Key), entry.Value.MeanArrivalDelay),
    ];
}
