using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB.Tests.Lifetime.Random;

/// <summary>One thread that makes random calls on the shared objects. An object that is closed, or busy in another thread, refuses; nothing else may go wrong.</summary>
internal sealed class Caller : IDisposable
{
    private const int Depth = 3;

    private static readonly string[] Refusals = ["snapshot", "detach it first", "cannot go back", "cannot let its time pass"];

    private readonly SharedObjects _shared;
    private readonly System.Random _random;
    private readonly WriteBatch _batch = new();
    private readonly MultiGet _keys = new();
    private readonly byte[] _bytes = new byte[600];
    private readonly (int Weight, Action Call)[] _calls;
    private readonly int _weights;

    public Caller(SharedObjects shared, int seed)
    {
        _shared = shared;
        _random = new System.Random(seed);
        _random.NextBytes(_bytes);
        _calls = Calls();
        _weights = _calls.Sum(call => call.Weight);
    }

    /// <summary>Gets the number of calls that were refused.</summary>
    public int Refused { get; private set; }

    public void Run(int calls)
    {
        for (var call = 0; call < calls; call++) CallOnce();
    }

    public void Dispose()
    {
        _batch.Dispose();
        _keys.Dispose();
    }

    private RocksDBColumnFamily Family => _shared.Backend(Any).ColumnFamily(_random.Next(2) == 0 ? "user_state" : "operator_state");

    private int Any => _random.Next(1 << 20);

    private ReadOnlySpan<byte> Key => _bytes.AsSpan(_random.Next(64), _random.Next(1, 9));

    private ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _random.Next(_bytes.Length));

    private (int Weight, Action Call)[] Calls() =>
    [
        (200, () => Family.Put(Key, Bytes)),
        (200, () => Family.Get(Key)),
        (50, () => Family.Delete(Key)),
        (50, () => Family.Contains(Key)),
        (50, () => Nest(Depth)),
        (50, Scan),
        (50, Write),
        (50, MultiGet),
        (30, ReadSnapshot),
        (30, () => _shared.DropSnapshot(Any)),
        (200, UseKeyed),
        (30, ScanKeyed),
        (30, UseTimers),
        (20, () => _shared.DropKeyed(Any)),
        (50, TakeCredits),
        (15, () => _shared.DropChannel(Any)),
        (1, () => _shared.DropPool(Any)),
        (2, Attach),
        (10, () => _shared.Backend(Any).GetStatistics()),
        (10, () => _shared.Backend(Any).GetBackPressure()),
        (10, () => Family.Property("rocksdb.estimate-num-keys")),
        (2, LongScan),
        (1, Checkpoint),
        (1, () => Family.Flush()),
    ];

    private void CallOnce()
    {
        // A backend is closed under everybody's hands about once in ten thousand calls.
        if (_random.Next(10_000) == 0)
        {
            _shared.Reopen(Any);
            return;
        }

        var left = _random.Next(_weights);
        foreach (var (weight, call) in _calls)
        {
            left -= weight;
            if (left >= 0) continue;
            Try(call);
            return;
        }
    }

    private void Try(Action call)
    {
        try
        {
            call();
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            Refused++;
        }
    }

    /// <summary>
    /// Closed, cancelled by a close, used by another thread, or attached or moved on by it; a snapshot of the backend that was open before.
    /// </summary>
    private static bool IsRefusal(Exception exception) => exception is ObjectDisposedException or OperationCanceledException or NoCurrentKeyException
        || exception is StateBackendException { Status: StateBackendStatus.InUse or StateBackendStatus.Cancelled }
        || (exception is InvalidOperationException or ArgumentException && Refusals.Any(refusal => exception.Message.Contains(refusal, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Pins values, makes other calls meanwhile, and gives the values back from either end.</summary>
    private void Nest(int depth)
    {
        var first = Family.TryGetPinned(Key);
        PinnedValue second = default;
        try
        {
            second = Family.TryGetPinned(Key);
            if (depth > 0 && _random.Next(2) == 0) Try(() => Nest(depth - 1));
            if (first.Found && first.Value.Length > _bytes.Length) throw new InvalidDataException("A value that nobody wrote.");
        }
        finally
        {
            if (_random.Next(2) == 0) first.Dispose();
            second.Dispose();
            first.Dispose();
        }
    }

    private void Scan()
    {
        var scan = Family.Scan(new ScanOptions { Prefix = Key[..1], Reverse = _random.Next(2) == 0, PageSizeBytes = 512 });
        try
        {
            var rows = _random.Next(50);
            while (rows-- > 0 && scan.MoveNext())
            {
                if (scan.Current.Value.Length > _bytes.Length) throw new InvalidDataException("A row that nobody wrote.");
            }
        }
        finally
        {
            scan.Dispose();
            if (_random.Next(2) == 0) scan.Dispose();
        }
    }

    private void Write()
    {
        _batch.Clear();
        var backend = _shared.Backend(Any);
        var family = backend.ColumnFamily("user_state");
        for (var row = _random.Next(1, 20); row > 0; row--) _batch.Put(family, Key, Bytes);
        backend.Write(_batch);
    }

    private void MultiGet()
    {
        _keys.Clear();
        for (var key = _random.Next(1, 20); key > 0; key--) _keys.Add(Key);
        Family.MultiGet(_keys);
        _ = _keys.TryGetValue(0, out _);
    }

    private void ReadSnapshot()
    {
        var number = Any;
        _shared.Backend(number).ColumnFamily("user_state").Contains(Key, _shared.Snapshot(number));
    }

    private void UseKeyed()
    {
        var keyed = _shared.Keyed(Any);
        keyed.Backend.SetCurrentKey(keyed.Keys[_random.Next(keyed.Keys.Length)]);
        switch (_random.Next(8))
        {
            case 0: keyed.Value.Update(Any); break;
            case 1: keyed.Value.Value(); break;
            case 2: keyed.List.Add("element"); break;
            case 3: keyed.List.Clear(); break;
            case 4: keyed.Map.Put(_random.Next(50), "value"); break;
            case 5: keyed.Map.Get(_random.Next(50)); break;
            case 6: keyed.Sum.Add(_random.Next(100)); break;
            default: keyed.Sum.Get(); break;
        }
    }

    private void ScanKeyed()
    {
        var keyed = _shared.Keyed(Any);
        keyed.Backend.SetCurrentKey(keyed.Keys[0]);
        var entries = _random.Next(20);
        foreach (var entry in keyed.Map.Scan())
        {
            if (entries-- == 0) break;
            if (entry.Value != "value") throw new InvalidDataException("An entry that nobody wrote.");
        }
    }

    private void UseTimers()
    {
        var keyed = _shared.Keyed(Any);
        var due = _random.Next(1000);
        keyed.Timers.RegisterEventTimeTimer(keyed.Keys[_random.Next(keyed.Keys.Length)], new TimeWindow(due, due + 1), due);
        if (_random.Next(10) == 0) keyed.Timers.AdvanceGlobalWatermark(Math.Max(due, keyed.Timers.CurrentWatermark));
    }

    private void TakeCredits()
    {
        var channel = _shared.Channel(Any);
        if (_random.Next(20) == 0)
        {
            using var waited = channel.AcquireAsync(1, TimeSpan.FromMilliseconds(5)).GetAwaiter().GetResult();
            return;
        }

        using var credits = channel.Request(_random.Next(1, 4));
        if (credits.IsGranted && _random.Next(3) == 0) credits.Refund();
    }

    private void Attach()
    {
        var pool = _shared.Pool(Any);
        pool.Detach();
        pool.Attach(_shared.Backend(Any));
    }

    private void LongScan() => ScanPages(Family).GetAwaiter().GetResult();

    private async Task ScanPages(RocksDBColumnFamily family)
    {
        var pages = _random.Next(4);
        await foreach (var page in family.ScanAsync(new ScanOptions { PageSizeBytes = 4096 }).ConfigureAwait(false))
        {
            foreach (var row in page)
            {
                if (row.Value.Length > _bytes.Length) throw new InvalidDataException("A row that nobody wrote.");
            }

            if (pages-- == 0) break;
        }
    }

    private void Checkpoint()
    {
        using var stop = new CancellationTokenSource();
        var made = _shared.Backend(Any).CreateCheckpointAsync(_shared.NextCheckpoint(), progress: null, stop.Token);
        if (_random.Next(3) == 0) stop.Cancel();
        made.GetAwaiter().GetResult();
    }
}
