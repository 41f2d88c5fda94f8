using System.Buffers.Binary;
using System.Globalization;
using FlinkDotNet.Core.Abstractions.Timers;
using static FlinkDotNet.Storage.RocksDB.Tests.Traces.TraceText;

namespace FlinkDotNet.Storage.RocksDB.Tests.Traces;

/// <summary>
/// Does what the lines of a trace say. The first line is the job: wal mode, bytes of the row cache, max parallelism, last key group, and the
/// hash that places keys.
/// </summary>
internal sealed class TraceReplay : ITimerHandler<byte[], BytesWindow>, IDisposable
{
    private static readonly string[] States =
    [
        "value", "value-ttl", "value-ttl-read", "value-ttl-shown", "value-ttl-read-shown", "value-ttl-event",
        "list", "list-ttl", "list-ttl-read", "list-ttl-shown", "list-ttl-read-shown",
        "map", "map-ttl", "map-ttl-read", "map-ttl-shown", "map-ttl-read-shown",
        "sum", "sum-ttl", "min", "max-f64", "sum-f64-ttl-read", "average", "average-f64", "count-ttl",
    ];

    private readonly Func<RocksDBOptions, RocksDBStateBackend> _open;
    private readonly string _folder;
    private readonly string[] _job;
    private readonly List<string> _fired = [];
    private RocksDBStateBackend _backend = null!;
    private KeyedStateBackend<byte[]> _keyed = null!;
    private RocksDBTimerService<byte[], BytesWindow> _timers = null!;
    private TraceStates _states = null!;

    public TraceReplay(Func<RocksDBOptions, RocksDBStateBackend> open, string folder, string job)
    {
        _open = open;
        _folder = folder;
        _job = job.Split(' ');
        OpenAll();
    }

    /// <summary>Does an operation and gives its answer; null when it has none.</summary>
    public string? Answer(string operation)
    {
        var words = operation.Split(' ');
        try
        {
            return AnswerOf(words[0], words[1..]);
        }
        catch (NoCurrentKeyException)
        {
            return "refused no_current_key";
        }
        catch (OverflowException)
        {
            return "refused overflow";
        }
        catch (ArgumentOutOfRangeException)
        {
            return "refused out_of_range";
        }
        catch (ArgumentException)
        {
            return "refused invalid";
        }
    }

    public void OnEventTime(byte[] key, BytesWindow window, long timestamp) => Note(key, window, timestamp);

    public void OnProcessingTime(byte[] key, BytesWindow window, long timestamp) => Note(key, window, timestamp);

    public void Dispose()
    {
        _keyed.Dispose();
        _backend.Dispose();
    }

    private static TimerType Clock(string word) => word == "event" ? TimerType.EventTime : TimerType.ProcessingTime;

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    /// <summary><c>Arrays.hashCode(byte[])</c> of Java.</summary>
    private static int JavaHash(byte[] key) => key.Aggregate(1, (hash, next) => unchecked((31 * hash) + (sbyte)next));

    private string? AnswerOf(string verb, string[] words)
    {
        switch (verb)
        {
            case "reopen":
                Dispose();
                OpenAll();
                return null;
            case "key":
                _keyed.SetCurrentKey(Bytes(words[0]));
                return null;
            case "namespace":
                _keyed.SetCurrentNamespace(_states.CurrentNamespace = Bytes(words[0]));
                return null;
            case "time" when words[0] == "event":
                _keyed.AdvanceWatermark(Number(words[1]));
                return null;
            case "time":
                _keyed.SetProcessingTime(Number(words[1]));
                return null;
            default:
                return OfEngine(verb) ?? OfTimers(verb, words);
        }
    }

    private string? OfTimers(string verb, string[] words)
    {
        switch (verb)
        {
            case "register" or "delete":
                Change(verb == "register", Clock(words[0]), Number(words[1]), Bytes(words[2]), new BytesWindow(Bytes(words[3])));
                return null;
            case "next":
                return _timers.NextTimestamp(Clock(words[0]))?.ToString(CultureInfo.InvariantCulture) ?? "none";
            case "count":
                return _timers.Count(Clock(words[0])).ToString(CultureInfo.InvariantCulture);
            case "fire" when words[0] == "event":
                return Fired(() => _timers.AdvanceGlobalWatermark(Number(words[1])));
            case "fire":
                return Fired(() => _timers.AdvanceProcessingTime(Number(words[1])));
            case "fire_key":
                return Fired(() => _timers.AdvanceKeyWatermark(Bytes(words[1]), Number(words[0])));
            default:
                return words.Length > 0 ? _states.Answer(verb, words) : null;
        }
    }

    private string? OfEngine(string verb)
    {
        if (verb == "digest") return string.Join(' ', Digest("user_state"), Digest("timer_state"));
        if (verb == "drain") _keyed.Drain();
        if (verb is "flush" or "compact") _backend.Flush();
        if (verb != "compact") return null;
        _backend.ColumnFamily("user_state").Compact();
        _backend.ColumnFamily("timer_state").Compact();
        return null;
    }

    /// <summary>The number of rows of a family and the digest of all, as they lie in the engine: FNV-1a, 64 bits.</summary>
    private string Digest(string family)
    {
        _keyed.Drain();
        var (count, digest) = (0, 0xcbf2_9ce4_8422_2325);
        Span<byte> lengths = stackalloc byte[2 * sizeof(uint)];
        foreach (var row in _backend.ColumnFamily(family).Scan())
        {
            count++;
            BinaryPrimitives.WriteInt32LittleEndian(lengths, row.Key.Length);
            BinaryPrimitives.WriteInt32LittleEndian(lengths[sizeof(uint)..], row.Value.Length);
            Add(lengths);
            Add(row.Key);
            Add(row.Value);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{family} {count} {digest:x16}");

        void Add(ReadOnlySpan<byte> bytes)
        {
            foreach (var next in bytes) digest = unchecked((digest ^ next) * 0x0100_0000_01b3);
        }
    }

    private void Change(bool register, TimerType clock, long timestamp, byte[] key, BytesWindow window)
    {
        if (clock == TimerType.EventTime && register) _timers.RegisterEventTimeTimer(key, window, timestamp);
        else if (clock == TimerType.EventTime) _timers.DeleteEventTimeTimer(key, window, timestamp);
        else if (register) _timers.RegisterProcessingTimeTimer(key, window, timestamp);
        else _timers.DeleteProcessingTimeTimer(key, window, timestamp);
    }

    private string Fired(Action letTimePass)
    {
        _fired.Clear();
        letTimePass();
        return Listed(_fired);
    }

    private void Note(byte[] key, BytesWindow window, long timestamp) =>
        _fired.Add(string.Create(CultureInfo.InvariantCulture, $"{timestamp}/{Word(key)}/{Word(window.Bytes)}"));

    private void OpenAll()
    {
        _backend = _open(new RocksDBOptions
        {
            DataDirectory = _folder,
            EnableStatistics = false,
            Wal = _job[1] == "disabled" ? WalMode.Disabled : WalMode.Enabled,
            DisableAutoCompactions = true,
        });
        var options = new KeyedStateBackendOptions
        {
            Clock = StateClock.Manual,
            RowCacheSize = Number(_job[2]),
            MaxParallelism = (int)Number(_job[3]),
            KeyGroupRange = new KeyGroupRange(0, (int)Number(_job[4])),
        };
        _keyed = _backend.CreateKeyedStateBackend<byte[]>(options, keyHash: _job[5] == "java" ? JavaHash : null);
        _timers = _keyed.CreateTimerService("timers", this, BytesWindow.Serializer);
        _states = new TraceStates(_keyed);
        _states.Open(States);
    }
}
