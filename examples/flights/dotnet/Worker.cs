using System.Text;

namespace Flights;

/// <summary>The job itself, in a process of its own that may be killed at any moment.</summary>
/// <remarks>Every byte on standard input is a credit for one batch; every line on standard output is a <see cref="Report"/>.</remarks>
internal sealed class Worker : IDisposable
{
    public const int RowsPerBatch = 64;

    private readonly Stream _credits = Console.OpenStandardInput();
    private readonly Stream _reports = Console.OpenStandardOutput();
    private readonly JobState _state;
    private readonly FlightFile _file;
    private readonly List<Flight> _rows = new(RowsPerBatch);
    private readonly AggregateTable _touched = []; // the keys of one batch; what they hold comes from the state and goes back to it
    private Position _position;

    private Worker(string dataFolder, string stateFolder)
    {
        _file = new FlightFile(dataFolder);
        _state = new JobState(stateFolder);
        _position = _state.ReadPosition(_file.ByteCount);
        _file.Skip(_position.Row);
    }

    public static void Run(string dataFolder, string stateFolder)
    {
        using var worker = new Worker(dataFolder, stateFolder);
        worker.RunToTheEnd();
    }

    public void Dispose()
    {
        _state.Dispose();
        _file.Dispose();
    }

    private void RunToTheEnd()
    {
        Send($"start {_position.Row}");
        while (_file.ReadRows(_rows, RowsPerBatch))
        {
            AwaitCredit();
            ProcessBatch();
            Send($"row {_position.Row}");
        }

        foreach (var line in StatisticsText.Describe(_state.Statistics))
            Send($"stat {line}");
    }

    private void AwaitCredit()
    {
        if (_credits.ReadByte() < 0)
            throw new FlightsException("the supervisor is gone: no more credits.");
    }

    /// <summary>Writes one report in one piece; waits while the pipe is full.</summary>
    private void Send(string line) => _reports.Write(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Reads what the state holds for the keys of the batch, adds the rows, and writes it back with the new position.</summary>
    private void ProcessBatch()
    {
        _touched.Clear();
        foreach (var key in _rows.SelectMany(KeyKind.KeysOf))
            _touched[key] = default;
        _state.Load(_touched);
        _rows.ForEach(_touched.AddFlight);
        _position = _position with { Row = _position.Row + (ulong)_rows.Count };
        _state.Store(_touched, _position);
    }
}
