using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Flights;

/// <summary>What a worker reports: a line "start ROW", "row ROW" or "stat TEXT" on its standard output.</summary>
internal abstract record Report
{
    public static Report Parse(string line) => line.Split(' ', 2) switch
    {
        ["start", var row] => new Started(RowIn(row)),
        ["row", var row] => new Acknowledged(RowIn(row)),
        ["stat", var text] => new Statistic(text),
        _ => throw new FlightsException($"the worker sent a report that is none: {line}"),
    };

    private static ulong RowIn(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Where the state says to go on.</summary>
    public sealed record Started(ulong Row) : Report;

    /// <summary>A batch up to this row is acknowledged by the backend.</summary>
    public sealed record Acknowledged(ulong Row) : Report;

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
    public void Grant(ulong batches)
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
