using System.Diagnostics;

namespace Flights;

/// <summary>How far the stream is: one line that is rewritten on a terminal, a line per quarter otherwise.</summary>
internal sealed class Progress
{
    private const int BarCells = 36;
    private static readonly TimeSpan s_betweenUpdates = TimeSpan.FromSeconds(1.0 / 20);

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly ulong _totalRows, _firstRow;
    private TimeSpan? _shown;
    private ulong _row;
    private ulong _quarters;
    private ulong? _loggedRow;

    public Progress(ulong totalRows, ulong firstRow)
    {
        (_totalRows, _firstRow, _row) = (totalRows, firstRow, firstRow);
        _quarters = firstRow * 4 / totalRows;
    }

    private string Line
    {
        get
        {
            var share = (double)_row / _totalRows;
            var bar = Terminal.Bar((int)(share * BarCells * 8)).PadRight(BarCells, '░');
            var rate = (_row - _firstRow) / _watch.Elapsed.TotalSeconds;
            return $"  {Terminal.Cyan(bar)} {(int)(share * 100),3} %  {Figures.Count((long)_row),7} rows  {Figures.Rate(rate),9}";
        }
    }

    /// <summary>Shows the row, at most 20 times per second.</summary>
    public void Update(ulong row)
    {
        _row = row;
        if (Terminal.IsLive)
            UpdateLine();
        else
            UpdateLog();
    }

    /// <summary>Shows the last row and leaves the line.</summary>
    public void End()
    {
        Console.Write(Terminal.Rewind);
        if (_row != _loggedRow)
            Console.WriteLine(Line);
    }

    private void UpdateLine()
    {
        if (_watch.Elapsed - _shown < s_betweenUpdates)
            return;
        _shown = _watch.Elapsed;
        Console.Write(Terminal.Rewind + Line);
    }

    private void UpdateLog()
    {
        var quarters = _row * 4 / _totalRows;
        if (quarters == _quarters)
            return;
        _quarters = quarters;
        _loggedRow = _row;
        Console.WriteLine(Line);
    }
}
