using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Flights;

/// <summary>What a worker reports: a line on its standard output.</summary>
internal abstract record Report
{
    /// <summary>Reads "start ROW", "row ROW", "checkpoint FIELDS...", "day TIME FIELDS..." or "stat TEXT".</summary>
    public static Report Parse(string line)
    {
        var word = line.Split(' ', 2);
        try
        {
            return (word[0], word.Length == 2 && word[0] != "stat" ? Numbers(word[1]) : []) switch
            {
                ("start", [var row]) => new Started(row),
                ("row", [var row]) => new Acknowledged(row),
                ("checkpoint", [var id, var row, var newBytes, var totalBytes, var micros]) => new Checkpoint(id, row, newBytes, totalBytes, micros),
                ("day", [var day, var flights, var cancelled, var departureDelay, var arrived, var arrivalDelay, var worst]) =>
                    new Day(day, new Aggregate(flights, cancelled, departureDelay, arrived, arrivalDelay, worst)),
                ("stat", _) => new Statistic(word[1]),
                _ => throw NoReport(line),
            };
        }
        catch (FormatException)
        {
            throw NoReport(line);
        }
    }

    private static long[] Numbers(string text) => [.. text.Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];

    private static FlightsException NoReport(string line) => new($"the worker sent a report that is none: {line}");

    /// <summary>Where the state says to go on.</summary>
    public sealed record Started(long Row) : Report;

    /// <summary>A batch up to this row is in the state.</summary>
    public sealed record Acknowledged(long Row) : Report;

    /// <summary>A checkpoint of the state up to this row is published.</summary>
    public sealed record Checkpoint(long Id, long Row, long NewBytes, long TotalBytes, long Micros) : Report;

    /// <summary>The report of a day, as the state keeps it; at the start all there are.</summary>
    public sealed record Day(long Time, Aggregate Aggregate) : Report;

    /// <summary>A line of statistics, at the end.</summary>
    public sealed record Statistic(string Text) : Report;
}

/// <summary>The job in a child process, seen from its supervisor; it never outlives the supervisor.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int KilledExitCode = 128 + 9;

    private readonly Process _process;

    /// <summary>Starts this program again with --worker.</summary>
    public WorkerProcess(string dataFolder, string stateFolder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (System.IO.Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(System.IO.Path.Combine(AppContext.BaseDirectory, "Flights.dll"));
        foreach (var argument in (string[])["--worker", "--data", dataFolder, "--state", stateFolder])
            start.ArgumentList.Add(argument);
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new FlightsException($"cannot start {start.FileName} as worker: {error.Message}.");
        }
    }

    public int Id => _process.Id;

    /// <summary>One byte on the worker's standard input allows one batch.</summary>
    public void Grant(long batches)
    {
        try
        {
            _process.StandardInput.BaseStream.Write(new byte[batches]);
            _process.StandardInput.BaseStream.Flush();
        }
        catch (IOException)
        {
            // NOTE: The worker has ended; its last reports and its exit code tell why.
        }
    }

    /// <summary>Waits for the next report; null when the worker has ended, whatever the reason.</summary>
    public Report? NextReport() => _process.StandardOutput.ReadLine() is { } line ? Report.Parse(line) : null;

    /// <summary>SIGKILL: the worker gets no chance to tidy up. One that has ended stays as it is.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // NOTE: It has been disposed of meanwhile, by the thread that this one (a signal handler's) interrupts.
        }
    }

    /// <summary>Waits for the end of the process; true when SIGKILL was its end. Fails when it failed by itself.</summary>
    public bool WasKilled()
    {
        _process.WaitForExit();
        return _process.ExitCode switch
        {
            0 => false,
            KilledExitCode => true,
            _ => throw new FlightsException("the worker failed; its own sentence stands above."),
        };
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
