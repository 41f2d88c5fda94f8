using System.Runtime.InteropServices;

namespace Flights;

/// <summary>Runs the job to its end, with one SIGKILL on the way.</summary>
internal sealed class Supervisor : IDisposable
{
    private readonly CommandLine _line;
    private readonly string _stateFolder;
    private readonly long _totalRows;
    private readonly Diary _diary;
    private readonly PosixSignalRegistration[] _signals;
    private WorkerProcess? _worker;
    private volatile bool _isInterrupted;

    public Supervisor(CommandLine line, string stateFolder, IReadOnlyList<Flight> flights)
    {
        (_line, _stateFolder, _totalRows, _diary) = (line, stateFolder, flights.Count, new Diary(flights));
        _signals = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM)];
    }

    /// <summary>Checkpoints of all workers.</summary>
    public List<Report.Checkpoint> Checkpoints { get; } = [];

    /// <summary>Lines of the worker that reached the end.</summary>
    public List<string> Statistics { get; } = [];

    /// <summary>Returns when the stream is at its end.</summary>
    public void Run()
    {
        var killed = RunWorker(1, ChooseKillRow());
        if (killed is null)
            return;
        Console.WriteLine(
            $"{Terminal.Red("Killed worker 1 with SIGKILL")} after row {Figures.Count(killed.LastRow)}, " +
            $"{Figures.Count(killed.LastRow - killed.CheckpointedRow)} rows after its last checkpoint.\n");
        RunWorker(2, killRow: null, killed.CheckpointedRow);
    }

    public void Dispose() => Array.ForEach(_signals, signal => signal.Dispose());

    /// <summary>splitmix64, first output.</summary>
    private static ulong RandomNumber(ulong seed)
    {
        var value = seed + 0x9e3779b97f4a7c15u;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
        return value ^ (value >> 31);
    }

    /// <summary>The promise of a checkpoint: it was published before the kill and is there after it.</summary>
    private static void RequireNothingLost(long checkpointed, long restored)
    {
        if (restored < checkpointed)
        {
            throw new FlightsException(
                $"row {checkpointed} was in a checkpoint, but the state says to go on at row {restored}: the checkpoint was lost.");
        }
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _isInterrupted = true;
        _worker?.Kill();
    });

    private long ChooseKillRow()
    {
        if (_line.Seed is not { } seed)
            return _totalRows * (long)_line.KillAtPercent / 100;
        var row = (long)(RandomNumber(seed) % (ulong)_totalRows);
        Console.WriteLine($"Seed {seed} draws row {Figures.Count(row)} for the kill.");
        return row;
    }

    /// <summary>Runs one worker to its end; returns it when it was killed, null when it finished.</summary>
    private WorkerRun? RunWorker(int number, long? killRow, long checkpointed = 0)
    {
        using var worker = _worker = new WorkerProcess(_line.DataFolder, _stateFolder);
        var run = new WorkerRun(worker, _totalRows, killRow, _line.Slow, _diary);
        try
        {
            run.AwaitStart();
            RequireNothingLost(checkpointed, run.FirstRow);
            var start = run.FirstRow == 0
                ? "the state is new, it starts at row 0"
                : $"the newest checkpoint says to go on at row {Figures.Count(run.FirstRow)}";
            Console.WriteLine($"{Terminal.Bold($"Worker {number}")} (process {worker.Id}): {start}.");
            if (number > 1 && run.FirstRow > checkpointed)
                Console.WriteLine("  (One checkpoint more was published; only its report did not get out.)");
            return run.Follow(Checkpoints, Statistics) ? run : null;
        }
        catch (FlightsException) when (_isInterrupted)
        {
            throw new FlightsException("interrupted.", ExitCode.Interrupted);
        }
        finally
        {
            _worker = null;
        }
    }
}
