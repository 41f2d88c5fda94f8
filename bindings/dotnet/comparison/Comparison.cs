using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>
/// One operation of each side after the other, on copies of one loaded folder with the same engine options. Nanoseconds and bytes are of one operation: a key, a
/// row, and of the batch a row.
/// </summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class Comparison
{
    private const int Rows = 200_000;
    private const int Calls = 10_000;

    private static readonly Lazy<Folders> Loaded = new(() => new Folders(Rows));

    private readonly Consumer _found;
    private readonly Consumer _absent;

    /// <summary>Initializes a new instance of the <see cref="Comparison"/> class: keys in an order of chance, the same for both sides.</summary>
    public Comparison()
    {
        _found = new Consumer(Calls, Rows, odd: false);
        _absent = new Consumer(Calls, Rows, odd: true);
    }

    [Benchmark(OperationsPerInvoke = Calls, Baseline = true, Description = "RocksDbSharp"), BenchmarkCategory("get_hit")]
    public ulong GetHitTheirs() => Loaded.Value.Theirs.Get(_found.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Description = "ours"), BenchmarkCategory("get_hit")]
    public ulong GetHitOurs() => Loaded.Value.Ours.Get(_found.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Baseline = true, Description = "RocksDbSharp"), BenchmarkCategory("get_miss")]
    public ulong GetMissTheirs() => Loaded.Value.Theirs.Get(_absent.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Description = "ours"), BenchmarkCategory("get_miss")]
    public ulong GetMissOurs() => Loaded.Value.Ours.Get(_absent.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Baseline = true, Description = "RocksDbSharp"), BenchmarkCategory("exists")]
    public ulong ExistsTheirs() => Loaded.Value.Theirs.Contains(_found.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Description = "ours"), BenchmarkCategory("exists")]
    public ulong ExistsOurs() => Loaded.Value.Ours.Contains(_found.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Baseline = true, Description = "RocksDbSharp"), BenchmarkCategory("multi_get_100")]
    public ulong MultiGetTheirs() => Loaded.Value.Theirs.MultiGet(_found.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Description = "ours"), BenchmarkCategory("multi_get_100")]
    public ulong MultiGetOurs() => Loaded.Value.Ours.MultiGet(_found.Sequence);

    [Benchmark(OperationsPerInvoke = Rows, Baseline = true, Description = "RocksDbSharp"), BenchmarkCategory("scan")]
    public ulong ScanTheirs() => Loaded.Value.Theirs.Scan();

    [Benchmark(OperationsPerInvoke = Rows, Description = "ours"), BenchmarkCategory("scan")]
    public ulong ScanOurs() => Loaded.Value.Ours.Scan();

    [Benchmark(OperationsPerInvoke = Calls, Baseline = true, Description = "RocksDbSharp"), BenchmarkCategory("put")]
    public ulong PutTheirs() => Loaded.Value.Theirs.Put(_found.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Description = "ours"), BenchmarkCategory("put")]
    public ulong PutOurs() => Loaded.Value.Ours.Put(_found.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Baseline = true, Description = "RocksDbSharp"), BenchmarkCategory("batch_1000")]
    public ulong BatchTheirs() => Loaded.Value.Theirs.WriteBatch(_found.Sequence);

    [Benchmark(OperationsPerInvoke = Calls, Description = "ours"), BenchmarkCategory("batch_1000")]
    public ulong BatchOurs() => Loaded.Value.Ours.WriteBatch(_found.Sequence);

    /// <summary>Closes and deletes the folders.</summary>
    internal static void CloseAll()
    {
        if (Loaded.IsValueCreated) Loaded.Value.Dispose();
    }

    /// <summary>Keys and values in native memory, as both sides take them.</summary>
    private sealed unsafe class Consumer
    {
        private readonly byte* _keys;
        private readonly byte* _values;
        private readonly int _count;

        public Consumer(int count, int rows, bool odd)
        {
            var random = new Random(7);
            _count = count;
            _keys = (byte*)NativeMemory.Alloc((nuint)count, Workload.KeyBytes);
            _values = (byte*)NativeMemory.Alloc((nuint)count, Workload.ValueBytes);
            random.NextBytes(new Span<byte>(_values, count * Workload.ValueBytes));
            for (var at = 0; at < count; at++)
            {
                Folders.WriteKey((random.Next(rows) * 2) + (odd ? 1 : 0), new Span<byte>(_keys + (at * Workload.KeyBytes), Workload.KeyBytes));
            }
        }

        public Sequence Sequence => new((nuint)_count, _keys, _values);
    }
}
