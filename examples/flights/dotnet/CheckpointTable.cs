using System.Globalization;

namespace Flights;

/// <summary>The checkpoints of a run: what was stored for each, and what it holds in all.</summary>
internal static class CheckpointTable
{
    public static void Print(IEnumerable<Report.Checkpoint> checkpoints)
    {
        Console.WriteLine("\n" + Terminal.Bold("Checkpoints (what was stored for each, of what it holds)"));
        Console.WriteLine(Terminal.Dim($"  {"id",4} {"row",7} {"new",10} {"all",10} {"",5} {"time",9}"));
        foreach (var it in checkpoints)
        {
            var share = Figures.Percent(100.0 * it.NewBytes / it.TotalBytes);
            var millis = (it.Micros / 1000.0).ToString("0.0", CultureInfo.InvariantCulture) + " ms";
            Console.WriteLine(
                $"  {it.Id,4} {Figures.Count(it.Row),7} {Figures.Bytes(it.NewBytes),10} {Figures.Bytes(it.TotalBytes),10} {share,5} {millis,9}");
        }
    }
}
