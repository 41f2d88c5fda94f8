using System.Diagnostics;

namespace Flights;

/// <summary>How far the stream is: a line for each day that is over, and below them, on a terminal, one that is rewritten.</summary>
internal sealed class Progress
{
    private const int BarCells = 36;
    private static readonly TimeSpan s_betweenUpdates = TimeSpan.FromSeconds(1.0 / 20);

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly long _totalRows, _firstRow;
    private TimeSpan? _shown;
    private long _row;

    public Progress(long totalRows, long firstRow) => (_totalRows, _firstRow, _row) = (totalRows, firstRow, firstRow);

    private string Line
    {
        get
        {
            var share = (double)_row / _totalRows;
            var bar = Terminal.Bar((int)(share * BarCells * 8)).PadRight(BarCells, '░');
            var rate = (_row - _firstRow) / _watch.Elapsed.TotalSeconds;
            return $"  {Terminal.Cyan(bar)} {(int)(share * 100),3} %  {Figures.Count(_row),7} rows  {Figures.Rate(rate),9}";
        }
    }

    /// <summary>Shows the row on a terminal, at most 20 times per second.</summary>
    public void Update(long row)
    {
        _row = row;
        if (!Terminal.IsLive || _watch.Elapsed - _shown < s_betweenUpdates)
            return;
        _shown = _watch.Elapsed;
        Console.Write(Terminal.Rewind + Line);
    }

    /// <summary>Prints a line that stays.</summary>
    public void Print(string line)
    {
        Console.WriteLine(Terminal.Rewind + line);
        _shown = null;
    }

    /// <summary>Shows the last row and leaves the line.</summary>
    public void End() => Print(Line);
}
