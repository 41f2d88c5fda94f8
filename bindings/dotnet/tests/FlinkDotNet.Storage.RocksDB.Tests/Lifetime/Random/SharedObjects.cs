using FlinkDotNet.Core.Abstractions.Windowing;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlinkDotNet.Storage.RocksDB.Tests.Lifetime.Random;

/// <summary>
/// Objects that all threads use, replace and dispose of as chance will have it. A slot's object may have been disposed of, or belong to a
/// backend that has been; only what a slot holds is ever used, so that nothing is forgotten undisposed.
/// </summary>
internal sealed class SharedObjects : IDisposable
{
    public const int BackendCount = 2;
    public const int KeyedPerBackend = 4;
    private const int MaxParallelism = 128;
    private const int SnapshotSlots = 16;

    private readonly object[] _opening = [new(), new()];
    private readonly RocksDBStateBackend[] _backends = new RocksDBStateBackend[BackendCount];
    private readonly KeyedObjects?[] _keyed = new KeyedObjects?[BackendCount * KeyedPerBackend];
    private readonly RocksDBSnapshot?[] _snapshots = new RocksDBSnapshot?[SnapshotSlots];
    private readonly CreditPool?[] _pools = new CreditPool?[BackendCount];
    private readonly CreditChannel?[] _channels = new CreditChannel?[4];
    private readonly string _folder;
    private long _lastCheckpoint;

    public SharedObjects(string folder)
    {
        _folder = folder;
        for (var at = 0; at < BackendCount; at++) _backends[at] = Open(at);
    }

    public RocksDBStateBackend Backend(int number) => Volatile.Read(ref _backends[number % BackendCount]);

    public long NextCheckpoint() => Interlocked.Increment(ref _lastCheckpoint);

    /// <summary>Closes a backend under everybody's hands and opens it again.</summary>
    public void Reopen(int number)
    {
        var at = number % BackendCount;
        lock (_opening[at])
        {
            _backends[at].Dispose();
            Volatile.Write(ref _backends[at], Open(at));
        }
    }

    /// <summary>The keyed backend of a slot; opened when there is none. Each slot has key groups of its own.</summary>
    public KeyedObjects Keyed(int number) => Get(_keyed, number, at =>
    {
        var share = MaxParallelism / KeyedPerBackend;
        var first = at % KeyedPerBackend * share;
        return new KeyedObjects(Backend(at / KeyedPerBackend), new KeyGroupRange(first, first + share - 1));
    });

    public RocksDBSnapshot Snapshot(int number) => Get(_snapshots, number, at => Backend(at).CreateSnapshot());

    public CreditPool Pool(int number) => Get(_pools, number, _ => new CreditPool(new CreditPoolOptions { Capacity = 64, Name = "random" }));

    public CreditChannel Channel(int number) => Get(_channels, number, at => Pool(at).OpenChannel("channel", exclusive: 1));

    public void DropKeyed(int number) => Drop(_keyed, number);

    public void DropSnapshot(int number) => Drop(_snapshots, number);

    public void DropPool(int number) => Drop(_pools, number);

    public void DropChannel(int number) => Drop(_channels, number);

    /// <summary>Disposes of all that is left, in an order that chance gives; the threads have ended.</summary>
    public void DisposeAll(System.Random random)
    {
        var left = new IDisposable?[][] { _backends, _keyed, _snapshots, _pools, _channels }.SelectMany(slots => slots).OfType<IDisposable>().ToArray();
        random.Shuffle(left);
        foreach (var one in left) one.Dispose();
    }

    public void Dispose() => DisposeAll(new System.Random(0));

    private static T Get<T>(T?[] slots, int number, Func<int, T> make)
        where T : class, IDisposable
    {
        var at = number % slots.Length;
        if (Volatile.Read(ref slots[at]) is { } present) return present;
        var made = make(at);
        var other = Interlocked.CompareExchange(ref slots[at], made, null);
        if (other is null) return made;
        made.Dispose();
        return other;
    }

    private static void Drop<T>(T?[] slots, int number)
        where T : class, IDisposable => Interlocked.Exchange(ref slots[number % slots.Length], null)?.Dispose();

    private RocksDBStateBackend Open(int at) => new(
        new RocksDBOptions
        {
            DataDirectory = Path.Combine(_folder, $"state{at}"),
            CheckpointDirectory = Path.Combine(_folder, $"checkpoints{at}"),
            WriteBufferSize = 1 << 20,
            BlockCacheSize = 4 << 20,
            Wal = at == 0 ? WalMode.Enabled : WalMode.Disabled,
        },
        NullLogger.Instance);

    /// <summary>A keyed backend with states and timers, which end with it.</summary>
    internal sealed class KeyedObjects : IDisposable
    {
        private readonly KeyedStateBackend<int> _backend;

        public KeyedObjects(RocksDBStateBackend backend, KeyGroupRange range)
        {
            _backend = backend.CreateKeyedStateBackend<int>(new KeyedStateBackendOptions { MaxParallelism = MaxParallelism, KeyGroupRange = range, RowCacheSize = 1 << 16 });
            try
            {
                Value = _backend.GetValueState(StateDescriptors.Value<long>("value"));
                List = _backend.GetListState(StateDescriptors.List<string>("list"));
                Map = _backend.GetMapState(StateDescriptors.Map<int, string>("map"));
                Sum = _backend.GetReducingState(ReducingStateDescriptor.SumOfInt64("sum"));
                Timers = _backend.CreateTimerService("timers", new Ignoring());
                Keys = Enumerable.Range(0, int.MaxValue).Where(key => range.Contains(KeyGroups.OfKey(key, MaxParallelism))).Take(32).ToArray();
            }
            catch
            {
                _backend.Dispose();
                throw;
            }
        }

        public int[] Keys { get; }

        public RocksDBValueState<long> Value { get; }

        public RocksDBListState<string> List { get; }

        public RocksDBMapState<int, string> Map { get; }

        public RocksDBReducingState<long> Sum { get; }

        public RocksDBTimerService<int, TimeWindow> Timers { get; }

        public KeyedStateBackend<int> Backend => _backend;

        public void Dispose() => _backend.Dispose();

        private sealed class Ignoring : ITimerHandler<int, TimeWindow>
        {
            public void OnEventTime(int key, TimeWindow window, long timestamp)
            {
            }

            public void OnProcessingTime(int key, TimeWindow window, long timestamp)
            {
            }
        }
    }
}
