using System.Buffers.Binary;
using System.Text;
using FlinkDotNet.Storage.RocksDB.Interop;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Passes the events of one backend on to its logger, now and then, on the clock's timer thread. It has the backend's ticket only, so that its
/// timer does not keep a forgotten backend from its finalizer; it ends with the backend.
/// </summary>
internal sealed class EventPump : IDisposable
{
    private const int HeaderLength = 16;

    private readonly object _lock = new();
    private readonly Drain _drain;
    private readonly ILogger _logger;
    private readonly string _dataDirectory;
    private readonly int _capacity;
    private readonly ITimer _timer;
    private byte[] _page = new byte[16 << 10];

    /// <summary>Initializes a new instance of the <see cref="EventPump"/> class, which begins after one period.</summary>
    internal EventPump(Drain drain, ILogger logger, RocksDBOptions options)
    {
        _drain = drain;
        _logger = logger;
        _dataDirectory = options.DataDirectory;
        _capacity = options.EventLogQueueRecords;
        _timer = options.EventLogClock.CreateTimer(
            static state => ((EventPump)state!).Tick(), this, options.EventLogPeriod, options.EventLogPeriod);
    }

    /// <summary>Takes packed events; the signature of <see cref="BackendHandle.DrainEvents"/> for one backend.</summary>
    internal delegate StateBackendStatus Drain(Span<byte> page, out int length, out ulong droppedCount);

    /// <summary>Whether the logger is one that keeps anything.</summary>
    public static bool HasLogger(ILogger logger) => logger is not (NullLogger or NullLogger<RocksDBStateBackend>);

    /// <summary>Begins to pass on; null when the options ask for no events.</summary>
    public static EventPump? Start(BackendHandle backend, ILogger logger, RocksDBOptions options)
    {
        if (options.EventLogQueueRecords == 0 || !HasLogger(logger)) return null;
        var ticket = backend.Ticket;
        return new EventPump(
            (Span<byte> page, out int length, out ulong dropped) => BackendHandle.DrainEvents(ticket, page, out length, out dropped), logger, options);
    }

    /// <summary>Refuses a period that no timer can go by.</summary>
    public static void CheckPeriod(TimeSpan period)
    {
        if (period >= TimeSpan.FromMilliseconds(1) && period <= TimeSpan.FromHours(1)) return;
        throw new ArgumentException($"{nameof(RocksDBOptions.EventLogPeriod)} is {period}; it must be from a millisecond to an hour.");
    }

    /// <summary>Ends the timer and passes the last events on: those of the close, when the backend has been closed.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock) PassOn();
    }

    /// <summary>One round. A timer that fires while the round before is under way is ignored.</summary>
    private void Tick()
    {
        if (!Monitor.TryEnter(_lock)) return;
        try
        {
            if (!PassOn()) _timer.Dispose();
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    /// <summary>Passes on as many events as the queue holds; false when there will be no more.</summary>
    private bool PassOn()
    {
        for (var left = _capacity; left > 0;)
        {
            var status = _drain(_page, out var length, out var dropped);
            if (status == StateBackendStatus.BufferTooSmall)
            {
                _page = new byte[length];
                continue;
            }

            if (status != StateBackendStatus.Ok) return false;
            left -= Write(_page.AsSpan(0, length));
            if (dropped > 0) Guarded(() => Log.EventsDropped(_logger, _dataDirectory, dropped));
            if (length == 0) break;
        }

        return true;
    }

    private int Write(ReadOnlySpan<byte> events)
    {
        var count = 0;
        for (; !events.IsEmpty; count++)
        {
            var messageLength = BinaryPrimitives.ReadInt32LittleEndian(events[4..]);
            var time = DateTimeOffset.UnixEpoch.AddMicroseconds(BinaryPrimitives.ReadInt64LittleEndian(events[8..]));
            Write(LevelOf(events[0]), events[1] == NativeMethods.FSB_EVENT_OF_ENGINE, events.Slice(HeaderLength, messageLength), time);
            events = events[(HeaderLength + messageLength)..];
        }

        return count;
    }

    private void Write(LogLevel level, bool isOfEngine, ReadOnlySpan<byte> message, DateTimeOffset time)
    {
        var text = Encoding.UTF8.GetString(message);
        Guarded(() =>
        {
            if (isOfEngine) Log.EngineEvent(_logger, level, _dataDirectory, time, text);
            else Log.BackendEvent(_logger, level, _dataDirectory, time, text);
        });
    }

    private static LogLevel LevelOf(byte level) => level switch
    {
        NativeMethods.FSB_EVENT_DEBUG => LogLevel.Debug,
        NativeMethods.FSB_EVENT_INFO => LogLevel.Information,
        NativeMethods.FSB_EVENT_WARN => LogLevel.Warning,
        _ => LogLevel.Error,
    };

    /// <summary>Runs the logger, whose exceptions would end the process from a timer thread.</summary>
    private static void Guarded(Action action)
    {
        try
        {
            action();
        }
#pragma warning disable CA1031 // Whatever it throws: see above. There is no other place to tell it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
