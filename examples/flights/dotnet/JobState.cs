using FlinkDotNet.Storage.RocksDB;
using Microsoft.Extensions.Logging.Abstractions;

namespace Flights;

/// <summary>The state of the job in the backend.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>Keyed by route and by carrier: sums, and the greatest of the arrival delays, as native aggregates.</item>
/// <item>Keyed by aircraft: sums; when it was seen last and a map of its destinations, both with a time-to-live in event time.</item>
/// <item>Keyed by the city, in the namespace of a day: aggregates of that day; in no namespace, a map of the daily reports.</item>
/// <item>A timer for each day, in event time.</item>
/// <item>Without a key, as state of the operator: the position of the stream.</item>
/// </list>
/// Nothing of it is durable before a checkpoint, and a checkpoint holds all of it as of one moment: the sums, the timers and how far the stream
/// had been read. Whoever opens the state opens the newest one, so that every row after its position is read again, and counts once.
/// The job in C keeps the same states in the same formats: one can go on where the other was.
/// </remarks>
internal sealed class JobState : IDisposable
{
    private readonly RocksDBStateBackend _backend;
    private readonly KeyedStateBackend<string> _keyed;
    private readonly RocksDBListState<(long Row, long SourceBytes, long Watermark)> _position;
    private long _lastCheckpoint;

    /// <summary>Opens the newest checkpoint in <paramref name="folder"/>, or an empty state where there is none.</summary>
    public JobState(string folder)
    {
        _backend = Open(folder);
        _keyed = _backend.CreateKeyedStateBackend<string>();
        States = new JobStates(_keyed);
        Reports = new DailyReports(_keyed, States.Days);
        _position = _backend.GetOperatorListState(StateDescriptors.List<(long, long, long)>("position"));
        _lastCheckpoint = _backend.RestoredCheckpointId ?? 0;
    }

    public JobStates States { get; }

    public DailyReports Reports { get; }

    public RocksDBStatistics Statistics => _backend.GetStatistics();

    /// <summary>Has the backend write its figures into its folder, for <c>make top</c>.</summary>
    public void PublishFigures() => _backend.PublishFigures(TimeSpan.FromMilliseconds(200));

    /// <summary>Event time that has been reached.</summary>
    public long Watermark { get; private set; } = EventTime.NoWatermark;

    /// <summary>The stored position, whose watermark is reached; row 0 of <paramref name="sourceBytes"/> when the state is new.</summary>
    public Position Resume(long sourceBytes)
    {
        var stored = _position.Get().ToList();
        if (stored.Count == 0)
            return new Position(0, sourceBytes, EventTime.NoWatermark);
        var position = new Position(stored[0].Row, stored[0].SourceBytes, stored[0].Watermark);
        if (position.SourceBytes != sourceBytes)
        {
            throw new FlightsException(
                $"the state belongs to an input of {position.SourceBytes} bytes, this one has {sourceBytes}: use another state folder.");
        }

        Advance(position.Watermark);
        return position;
    }

    /// <summary>Takes up the rows that follow a position. Returns the new position.</summary>
    public Position Process(Position position, List<Flight> rows)
    {
        rows.ForEach(Process);
        return position with { Row = position.Row + rows.Count, Watermark = Watermark };
    }

    /// <summary>The stream is over: the last day is due as well.</summary>
    public Position Finish(Position position)
    {
        Advance(EventTime.DayOf(position.Watermark).MaxTimestamp());
        return position with { Watermark = Watermark };
    }

    /// <summary>Makes a checkpoint of the state at a position, and waits for it.</summary>
    public CheckpointResult Checkpoint(Position position)
    {
        _position.Update([(position.Row, position.SourceBytes, position.Watermark)]);
        return _backend.CreateCheckpointAsync(++_lastCheckpoint, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>Writes everything into table files and leaves out what has expired.</summary>
    public void Compact() => _backend.ColumnFamily("user_state").Compact();

    public void Dispose()
    {
        _keyed.Dispose();
        _backend.Dispose();
    }

    /// <summary>Opens with small write buffers, so that this small job flushes and compacts while it runs.</summary>
    private static RocksDBStateBackend Open(string folder)
    {
        var options = new RocksDBOptions
        {
            DataDirectory = folder,
            Wal = WalMode.Disabled, // Flink's mode: what survives the death of the process is the newest checkpoint
            RestoreFrom = new CheckpointRestore { OrEmpty = true, ClaimMode = ClaimMode.Claim },
            WriteBufferSize = 4 << 20,
            BlockCacheSize = 32 << 20,
        };
        try
        {
            return new RocksDBStateBackend(options, NullLogger.Instance);
        }
        catch (InvalidOperationException error)
        {
            throw new FlightsException($"cannot open the state: {error.InnerException?.Message ?? error.Message}");
        }
    }

    /// <summary>Rows come in the order of the timetable: none before the minute of this one follows.</summary>
    private void Process(Flight flight)
    {
        Advance(flight.Scheduled - 1);
        Reports.Register(flight);
        foreach (var key in KeyKind.KeysOf(flight))
            States.Select(key).Add(flight);
    }

    /// <summary>Lets event time go on, for what expires and for the timers.</summary>
    private void Advance(long watermark)
    {
        if (watermark <= Watermark)
            return;
        Watermark = watermark;
        _keyed.AdvanceWatermark(watermark);
        Reports.Advance(watermark);
    }
}
