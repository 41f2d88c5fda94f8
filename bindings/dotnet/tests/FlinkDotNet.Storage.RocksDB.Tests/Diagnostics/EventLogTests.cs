using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlinkDotNet.Storage.RocksDB.Tests.Diagnostics;

public class EventLogTests : BackendTest
{
    private const int BackendEvent = 20;
    private const int EngineEvent = 21;
    private const int EventsDropped = 22;

    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _logger = new();

    [Fact]
    public void Events_OfEveryLevel_ArriveAtItWithTheirFields()
    {
        var before = DateTimeOffset.UtcNow;
        using var backend = OpenLogging(EventLogLevel.Debug);
        Assert.DoesNotContain(_logger.Entries, IsEvent);
        _clock.Tick();
        var opened = Assert.Single(_logger.Entries, entry => entry.Id == BackendEvent && entry.Text.Contains("opened by flink_state_backend"));
        Assert.Equal(LogLevel.Information, opened.Level);
        Assert.Equal(DataDirectory, opened.Fields["DataDirectory"]);
        Assert.StartsWith("opened by ", (string)opened.Fields["Message"]!, StringComparison.Ordinal);
        Assert.InRange((DateTimeOffset)opened.Fields["EventTime"]!, before.AddMilliseconds(-1), DateTimeOffset.UtcNow);
        var option = _logger.Entries.First(entry => entry.Id == EngineEvent && entry.Text.Contains("Options.error_if_exists"));
        Assert.Equal(LogLevel.Debug, option.Level);
        Assert.StartsWith($"RocksDB at {DataDirectory}, ", option.Text, StringComparison.Ordinal);
        Assert.Contains(_logger.Entries, entry => entry.Id == EngineEvent && entry.Level == LogLevel.Information);
    }

    [Fact]
    public void Events_ThatAreNoWarnings_AreNotPassedOnByDefault()
    {
        using (var backend = new RocksDBStateBackend(Clocked(Options()), _logger))
        {
            backend.ColumnFamily("default").Put("key"u8, "value"u8);
            backend.Flush();
            _clock.Tick();
        }

        Assert.DoesNotContain(_logger.Entries, IsEvent);
    }

    [Fact]
    public void Warning_OfTheLibrary_IsPassedOnOnce()
    {
        var options = Clocked(Options());
        options.PressureMemoryReference = 1;
        using var backend = new RocksDBStateBackend(options, _logger);
        backend.ColumnFamily("default").Put("key"u8, "value"u8);
        _ = backend.GetBackPressure();
        _clock.Tick();
        _clock.Tick();
        var warning = Assert.Single(_logger.Entries, IsEvent);
        Assert.Equal((BackendEvent, LogLevel.Warning), (warning.Id, warning.Level));
        Assert.Contains("memory in use has risen above", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_ArePassedOnByTheClocksThreadAlone()
    {
        using (OpenLogging(EventLogLevel.Debug)) _clock.Tick();
        Assert.All(_logger.Entries, entry => Assert.Equal(Environment.CurrentManagedThreadId, entry.Thread));
    }

    [Fact]
    public void Dispose_PassesOnTheEventsOfTheClose()
    {
        var backend = OpenLogging(EventLogLevel.Info);
        Assert.Equal(1, _clock.ActiveTimers);
        backend.Dispose();
        Assert.Equal(0, _clock.ActiveTimers);
        Assert.Contains(_logger.Entries, entry => entry.Id == EngineEvent && entry.Text.Contains("Shutdown"));
        Assert.Equal("closed", _logger.Entries.Last(IsEvent).Fields["Message"]);
    }

    [Fact]
    public void NullLogger_HasNoTimerAndNoQueue()
    {
        foreach (ILogger nobody in new ILogger[] { NullLogger.Instance, NullLogger<RocksDBStateBackend>.Instance })
        {
            using var backend = new RocksDBStateBackend(Clocked(Options()), nobody);
            Assert.Equal(0, _clock.ActiveTimers);
            Assert.Equal("0", InForce(backend, "event_log_queue_records"));
        }
    }

    [Fact]
    public void QueueOfNoRecords_HasNoTimer()
    {
        var options = Clocked(Options());
        options.EventLogQueueRecords = 0;
        using var backend = new RocksDBStateBackend(options, _logger);
        Assert.Equal(0, _clock.ActiveTimers);
    }

    [Fact]
    public void FullQueue_TellsHowManyItDropped()
    {
        var options = Clocked(Options());
        options.EventLogQueueLevel = EventLogLevel.Debug;
        options.EventLogQueueRecords = 5;
        using var backend = new RocksDBStateBackend(options, _logger);
        _clock.Tick();
        Assert.Equal(5, _logger.Entries.Count(IsEvent));
        var dropped = Assert.Single(_logger.Entries, entry => entry.Id == EventsDropped);
        Assert.Equal(LogLevel.Warning, dropped.Level);
        Assert.InRange((ulong)dropped.Fields["DroppedCount"]!, 100UL, 100_000UL);
    }

    [Fact]
    public void LoggerThatThrows_StopsNothing()
    {
        using var backend = OpenLogging(EventLogLevel.Info);
        _logger.Failure = new InvalidOperationException("no");
        _clock.Tick();
        _logger.Failure = null;
        backend.Flush();
        backend.Dispose();
        Assert.Contains(_logger.Entries, entry => entry.Id == BackendEvent && entry.Text.EndsWith("closed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3_600_001)]
    public void PeriodOutOfRange_IsRefusedByName(int millis)
    {
        var options = Options();
        options.EventLogPeriod = TimeSpan.FromMilliseconds(millis);
        Assert.Contains("EventLogPeriod", OpenFailure<ArgumentException>(options).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_HoldALineForEachEvent()
    {
        var options = Options();
        options.EventLogDirectory = Folder.At("events");
        Open(options).Dispose();
        var lines = File.ReadAllLines(Assert.Single(Directory.GetFiles(Folder.At("events"))));
        Assert.Contains(lines, line => line.Contains($" INFO \"{DataDirectory}\" backend opened by ", StringComparison.Ordinal));
        Assert.EndsWith(" backend closed", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void DirectoryThatIsAFile_IsRefusedByName()
    {
        var options = Options();
        options.EventLogDirectory = Folder.At("events");
        File.WriteAllText(options.EventLogDirectory, "text");
        Assert.Contains(options.EventLogDirectory, OpenFailure<StateBackendIOException>(options).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_TooShortForARecord_Grows()
    {
        var text = new string('x', 40_000);
        var record = Record(text);
        using var pump = new EventPump(
            (Span<byte> page, out int length, out ulong dropped) =>
            {
                dropped = 0;
                length = record.Length;
                if (page.Length < length && length > 0) return StateBackendStatus.BufferTooSmall;
                record.CopyTo(page);
                record = [];
                return StateBackendStatus.Ok;
            },
            _logger,
            Clocked(Options()));
        _clock.Tick();
        Assert.Equal(text, Assert.Single(_logger.Entries).Fields["Message"]);
    }

    [Fact]
    public void Flood_EndsARoundWhenTheQueueWasEmptiedOnce()
    {
        var rounds = 0;
        var record = Record("again and again");
        var options = Clocked(Options());
        options.EventLogQueueRecords = 10;
        using var pump = new EventPump(
            (Span<byte> page, out int length, out ulong dropped) =>
            {
                rounds++;
                dropped = 0;
                length = record.Length;
                record.CopyTo(page);
                return StateBackendStatus.Ok;
            },
            _logger,
            options);
        _clock.Tick();
        Assert.Equal(10, rounds);
    }

    [Fact]
    public void FreedBackend_EndsTheTimer()
    {
        using var pump = new EventPump(
            static (Span<byte> page, out int length, out ulong dropped) =>
            {
                (length, dropped) = (0, 0);
                return StateBackendStatus.InvalidHandle;
            },
            _logger,
            Clocked(Options()));
        Assert.Equal(1, _clock.ActiveTimers);
        _clock.Tick();
        Assert.Equal(0, _clock.ActiveTimers);
    }

    private static bool IsEvent(Entry entry) => entry.Id is BackendEvent or EngineEvent;

    private static byte[] Record(string message)
    {
        var record = new byte[16 + message.Length];
        record[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4), message.Length);
        Encoding.UTF8.GetBytes(message, record.AsSpan(16));
        return record;
    }

    private RocksDBOptions Clocked(RocksDBOptions options)
    {
        options.EventLogClock = _clock;
        return options;
    }

    private RocksDBStateBackend OpenLogging(EventLogLevel level)
    {
        var options = Clocked(Options());
        options.EventLogQueueLevel = level;
        options.EventLogQueueRecords = 65_536;
        return new RocksDBStateBackend(options, _logger);
    }

    private sealed record Entry(int Id, LogLevel Level, string Text, IReadOnlyDictionary<string, object?> Fields, int Thread);

    /// <summary>Keeps what is logged, with its fields.</summary>
    private sealed class RecordingLogger : ILogger
    {
        public ConcurrentQueue<Entry> Entries { get; } = new();

        public Exception? Failure { get; set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Failure is not null) throw Failure;
            var fields = ((IEnumerable<KeyValuePair<string, object?>>)state!).ToDictionary(StringComparer.Ordinal);
            Entries.Enqueue(new Entry(eventId.Id, logLevel, formatter(state, exception), fields, Environment.CurrentManagedThreadId));
        }
    }
}
