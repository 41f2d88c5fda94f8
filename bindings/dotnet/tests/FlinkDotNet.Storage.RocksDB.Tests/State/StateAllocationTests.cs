using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

/// <summary>Keyed state of built-in types allocates nothing on the managed heap, once warm.</summary>
public sealed class StateAllocationTests : BackendTest
{
    private const int Rounds = 2000;

    private readonly RocksDBStateBackend _backend;
    private readonly KeyedStateBackend<long> _keyed;
    private readonly TimeWindow _window = new(0, 10);
    private long _seen;

    public StateAllocationTests()
    {
        _backend = Open();
        _keyed = _backend.CreateKeyedStateBackend<long>();
        _keyed.SetCurrentKey(0);
    }

    [Fact]
    public void Value_ReadAndUpdated_AllocatesNothing()
    {
        var count = _keyed.GetValueState(StateDescriptors.Value<long>("count"));
        AssertNothingAllocated(round =>
        {
            _keyed.SetCurrentKey(round % 50);
            count.Update(count.Value() + 1);
            _seen += count.TryGet(out var value) ? value : 0;
        });
        Assert.NotEqual(0, _seen);
    }

    [Fact]
    public void Value_OfATupleInANamespace_AllocatesNothing()
    {
        var state = _keyed.GetValueState(StateDescriptors.Value<(int, double, Guid)>("tuple"), StateOptions.InNamespaces<TimeWindow>());
        AssertNothingAllocated(round =>
        {
            _keyed.SetCurrentNamespace(_window);
            state.Update((round, 1.5, Guid.Empty));
            _seen += state.Value().Item1;
        });
    }

    [Fact]
    public void Value_TooLargeForTheStack_AllocatesItselfAlone()
    {
        var state = _keyed.GetValueState(StateDescriptors.Value<ReadOnlyMemory<byte>>("bytes"));
        ReadOnlyMemory<byte> value = new byte[10_000];
        AssertNothingAllocated(_ => state.Update(value));
    }

    [Fact]
    public void Map_OfNumbers_AllocatesNothing()
    {
        var map = _keyed.GetMapState(StateDescriptors.Map<int, double>("map"));
        for (var number = 0; number < 1000; number++) map.Put(number, number);
        AssertNothingAllocated(round =>
        {
            map.Put(round % 1000, map.Get(round % 1000) + 1);
            _seen += map.Contains(5000) ? 1 : 0;
            map.Remove(5000);
        });
        AssertNothingAllocated(
            _ =>
            {
                foreach (var (key, value) in map.Scan()) _seen += key + (long)value;
            },
            rounds: 50);
    }

    [Fact]
    public void List_OfNumbers_AllocatesNothing()
    {
        var list = _keyed.GetListState(StateDescriptors.List<long>("list"));
        var values = new long[] { 1, 2, 3 };
        AssertNothingAllocated(round =>
        {
            if (round % 100 == 0) list.Clear();
            list.Add(round);
            list.AddRange(values);
        });
        AssertNothingAllocated(
            _ =>
            {
                foreach (var element in list.Scan()) _seen += element;
            },
            rounds: 50);
    }

    [Fact]
    public void List_ReplacedAndAppendedTo_AllocatesNothing()
    {
        var list = _keyed.GetListState(StateDescriptors.List<long>("list"));
        var array = new long[] { 1, 2, 3 };
        List<long> values = [4, 5];
        AssertNothingAllocated(round =>
        {
            _keyed.SetCurrentKey(round % 50);
            list.Update(array);
            list.AddAll(values);
            list.AddAll(array);
            list.Update(values);
        });
    }

    [Fact]
    public void List_CopiedIntoAListOfTheCallers_AllocatesNothing()
    {
        var (small, large) = (_keyed.GetListState(StateDescriptors.List<long>("small")), _keyed.GetListState(StateDescriptors.List<long>("large")));
        var read = new List<long>(1000);
        small.Add(7);
        large.AddRange(new long[500]);
        AssertNothingAllocated(_ =>
        {
            read.Clear();
            _seen += small.CopyTo(read) + large.CopyTo(read);
        });
        Assert.Equal([7, .. new long[500]], read);
    }

    [Fact]
    public void List_Read_AllocatesItsCopyAlone()
    {
        var list = _keyed.GetListState(StateDescriptors.List<long>("list"));
        list.AddRange([1, 2, 3]);
        var read = Allocated(_ => _seen += list.Get().TryGetNonEnumeratedCount(out var count) ? count : 0);
        Assert.Equal(Allocated(_ => _seen += new long[3].Length), read);
    }

    [Fact]
    public void Map_GivenADictionary_AllocatesNothing()
    {
        var map = _keyed.GetMapState(StateDescriptors.Map<int, double>("map"));
        var entries = Enumerable.Range(0, 10).ToDictionary(number => number, number => number / 2.0);
        AssertNothingAllocated(round =>
        {
            _keyed.SetCurrentKey(round % 50);
            map.PutAll(entries);
            _seen += map.IsEmpty() ? 0 : 1;
        });
    }

    [Fact]
    public void Accumulator_CopiedFromKeyToKey_AllocatesNothing()
    {
        var mean = _keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfInt64("mean"));
        mean.Add(1);
        AssertNothingAllocated(round =>
        {
            Span<byte> accumulator = stackalloc byte[32];
            _keyed.SetCurrentKey(round % 50);
            mean.TryGetAccumulator(accumulator, out var length);
            _keyed.SetCurrentKey((round + 1) % 50);
            mean.UpdateAccumulator(accumulator[..length]);
        });
    }

    [Fact]
    public void Aggregates_OfNumbers_AllocateNothing()
    {
        var sum = _keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64("sum"));
        var mean = _keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfDouble("mean"));
        var own = _keyed.GetReducingState(new ReducingStateDescriptor<int>("own", static (left, right) => left ^ right));
        AssertNothingAllocated(round =>
        {
            _keyed.SetCurrentKey(round % 50);
            sum.Add(round);
            mean.Add(round);
            own.Add(round);
            _seen += sum.Get() + (long)mean.Get() + own.Get();
        });
    }

    [Fact]
    public void State_AskedForAgainByItsDescriptor_AllocatesNothing()
    {
        var descriptor = StateDescriptors.Value<long>("count");
        AssertNothingAllocated(_ => _seen += _keyed.GetValueState(descriptor).Value());
    }

    protected override void Dispose(bool disposing)
    {
        _keyed.Dispose();
        _backend.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Once warm: .NET 8 gets to the last tier of a long loop while it is measured, now and then, which costs one small object.</summary>
    private static void AssertNothingAllocated(Action<int> call, int rounds = Rounds) =>
        Assert.Contains(0, Enumerable.Range(0, 3).Select(_ => Allocated(call, rounds)));

    private static long Allocated(Action<int> call, int rounds = Rounds)
    {
        for (var round = 0; round < rounds; round++) call(round);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < rounds; round++) call(round);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
