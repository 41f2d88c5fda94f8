using System.Text;

namespace Flights;

/// <summary>The job itself, in a process of its own that may be killed at any moment.</summary>
/// <remarks>Every byte on standard input is a credit for one batch; every line on standard output is a <see cref="Report"/>.</remarks>
internal sealed class Worker : IDisposable
{
    public const int RowsPerBatch = 64;
    public const int RowsPerCheckpoint = 40 * RowsPerBatch;

    private readonly Stream _credits = Console.OpenStandardInput();
    private readonly Stream _reports = Console.OpenStandardOutput();
    private readonly JobState _state;
    private readonly FlightFile _file;
    private readonly List<Flight> _rows = new(RowsPerBatch);
    private Position _position;
    private long _reportedDay = EventTime.NoWatermark; // the last day whose report the supervisor has

    private Worker(string dataFolder, string stateFolder)
    {
        _file = new FlightFile(dataFolder);
        _state = new JobState(stateFolder);
        _state.PublishFigures();
        _position = _state.Resume(_file.ByteCount);
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
        SendReports();
        while (_file.ReadRows(_rows, RowsPerBatch))
        {
            AwaitCredit();
            _position = _state.Process(_position, _rows);
            Send($"row {_position.Row}");
            SendReports();
            if (_position.Row % RowsPerCheckpoint == 0)
                Checkpoint();
        }

        _position = _state.Finish(_position);
        SendReports();
        Checkpoint();
        _state.Compact();
        foreach (var line in StatisticsText.Describe(_state.Statistics))
            Send($"stat {line}");
    }

    private void Checkpoint()
    {
        var made = _state.Checkpoint(_position);
        var micros = (long)(made.SyncDuration + made.AsyncDuration).TotalMicroseconds;
        Send($"checkpoint {made.CheckpointId} {_position.Row} {made.NewBytes} {made.TotalBytes} {micros}");
    }

    /// <summary>Sends the daily reports that the state has and the supervisor has not.</summary>
    private void SendReports()
    {
        foreach (var (day, it) in _state.Reports.ReadAfter(_reportedDay))
        {
            Send($"day {day} {it.Flights} {it.Cancelled} {it.DepartureDelay} {it.Arrived} {it.ArrivalDelay} {it.Worst}");
            _reportedDay = day;
        }
    }

    private void AwaitCredit()
    {
        if (_credits.ReadByte() < 0)
            throw new FlightsException("the supervisor is gone: no more credits.");
    }

    /// <summary>Writes one report in one piece; waits while the pipe is full.</summary>
    private void Send(string line) => _reports.Write(Encoding.UTF8.GetBytes(line + "\n"));
}
