using System.Buffers.Binary;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

/// <summary>Accumulators read and replaced as the bytes that are stored.</summary>
public sealed class AccumulatorTests : KeyedStateTest
{
    public static TheoryData<string, Func<string, AggregatingStateDescriptor<long, long>>, byte[]> Integers() => new()
    {
        { "sum", AggregatingStateDescriptor.SumOfInt64, Numbers(1) },
        { "min", AggregatingStateDescriptor.MinOfInt64, Numbers(-3) },
        { "max", AggregatingStateDescriptor.MaxOfInt64, Numbers(4) },
        { "count", AggregatingStateDescriptor.CountOf<long>, Numbers(2) },
    };

    public static TheoryData<string, Func<string, AggregatingStateDescriptor<double, double>>, byte[]> Doubles() => new()
    {
        { "sum", AggregatingStateDescriptor.SumOfDouble, Numbers(BitConverter.DoubleToInt64Bits(1.5)) },
        { "min", AggregatingStateDescriptor.MinOfDouble, Numbers(BitConverter.DoubleToInt64Bits(-3)) },
        { "max", AggregatingStateDescriptor.MaxOfDouble, Numbers(BitConverter.DoubleToInt64Bits(4.5)) },
        { "mean", AggregatingStateDescriptor.AverageOfDouble, Numbers(BitConverter.DoubleToInt64Bits(1.5), 2) },
    };

    [Theory]
    [MemberData(nameof(Integers), DisableDiscoveryEnumeration = true)]
    public void AccumulatorOfIntegers_CopiedToAnotherKey_IsAddedTo(
        string name, Func<string, AggregatingStateDescriptor<long, long>> descriptor, byte[] expected)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        var state = Keyed.GetAggregatingState(descriptor(name));
        AssertCopied(state, [-3, 4], expected, added: 10);
    }

    [Theory]
    [MemberData(nameof(Doubles), DisableDiscoveryEnumeration = true)]
    public void AccumulatorOfDoubles_CopiedToAnotherKey_IsAddedTo(
        string name, Func<string, AggregatingStateDescriptor<double, double>> descriptor, byte[] expected)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        var state = Keyed.GetAggregatingState(descriptor(name));
        AssertCopied(state, [-3, 4.5], expected, added: 10);
    }

    [Fact]
    public void AccumulatorOfAMean_HasItsSumIn128BitsAndItsCount()
    {
        var mean = Keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfInt64("mean"));
        AssertCopied(mean, [long.MaxValue, 1], Numbers(long.MinValue, 0, 2), added: -1);
        mean.UpdateAccumulator(Numbers(-12, -1, 8));
        Assert.Equal(-1.5, mean.Get());
    }

    [Fact]
    public void AccumulatorOfAReducingState_IsItsValue()
    {
        var sum = Keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64("sum"));
        sum.UpdateAccumulator(Numbers(40));
        sum.Add(2);
        Assert.Equal(42, sum.Get());
        var text = Keyed.GetReducingState(new ReducingStateDescriptor<string>("text", (left, right) => left + right));
        text.UpdateAccumulator(Bytes(new string('a', 1000)));
        text.Add("b");
        Assert.Equal(new string('a', 1000) + "b", Text(text.GetAccumulator()));
    }

    [Fact]
    public void AccumulatorOfAFunction_IsWhatItsSerializerMade()
    {
        var state = Keyed.GetAggregatingState(new AggregatingStateDescriptor<int, long, string>("own", new Product()));
        state.Add(6);
        var accumulator = state.GetAccumulator()!;
        Assert.Equal(6, StateSerializers.Get<long>().Read(accumulator));
        Keyed.SetCurrentKey("other");
        state.UpdateAccumulator(accumulator);
        state.Add(7);
        Assert.Equal("42", state.Get());
        state.UpdateAccumulator([1, 2, 3]);
        Assert.Throws<StateSerializationException>(() => state.Get());
    }

    [Fact]
    public void Accumulator_ThatIsAbsentOrDoesNotFit_IsNotCopied()
    {
        var mean = Keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfInt64("mean"));
        var room = new byte[] { 9, 9, 9, 9 };
        Assert.Equal(ReadResult.Absent, mean.TryGetAccumulator(room, out var length));
        Assert.Equal(0, length);
        Assert.Null(mean.GetAccumulator());
        mean.Add(1);
        Assert.Equal(ReadResult.TooSmall, mean.TryGetAccumulator(room, out length));
        Assert.Equal(24, length);
        Assert.Equal([9, 9, 9, 9], room);
        Keyed.ClearCurrentKey();
        Assert.Throws<NoCurrentKeyException>(() => mean.GetAccumulator());
        Assert.Throws<NoCurrentKeyException>(() => mean.UpdateAccumulator(Numbers(1, 0, 1)));
    }

    [Fact]
    public void Accumulator_OfAnotherLength_IsRefusedAndTheStateStays()
    {
        var mean = Keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfInt64("mean"));
        mean.Add(5);
        foreach (var length in new[] { 0, 8, 23, 25 })
        {
            Assert.Contains("'mean'", Assert.Throws<ArgumentException>(() => mean.UpdateAccumulator(new byte[length])).Message, StringComparison.Ordinal);
        }

        Assert.Equal(5, mean.Get());
    }

    [Fact]
    public void Accumulator_OfANamespace_IsMergedWithOthers()
    {
        var sum = Keyed.GetAggregatingState(AggregatingStateDescriptor.SumOfInt64("sum"), StateOptions.InNamespaces<int>());
        foreach (var window in new[] { 1, 2 })
        {
            Keyed.SetCurrentNamespace(window);
            sum.UpdateAccumulator(Numbers(20 + window));
        }

        sum.MergeNamespaces(1, [2]);
        Keyed.SetCurrentNamespace(1);
        Assert.Equal(43, sum.Get());
        Reopen();
        Keyed.SetCurrentNamespace(1);
        var again = Keyed.GetAggregatingState(AggregatingStateDescriptor.SumOfInt64("sum"), StateOptions.InNamespaces<int>());
        Assert.Equal(Numbers(43), again.GetAccumulator());
    }

    private static byte[] Numbers(params long[] numbers)
    {
        var bytes = new byte[numbers.Length * sizeof(long)];
        for (var index = 0; index < numbers.Length; index++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(index * sizeof(long)), numbers[index]);
        }

        return bytes;
    }

    private void AssertCopied<TIn, TOut>(RocksDBAggregatingState<TIn, TOut> state, TIn[] values, byte[] expected, TIn added)
    {
        foreach (var value in values) state.Add(value);
        var accumulator = state.GetAccumulator();
        Assert.Equal(expected, accumulator);
        Keyed.SetCurrentKey("other");
        state.UpdateAccumulator(accumulator);
        state.Add(added);
        var copied = state.Get();
        Keyed.SetCurrentKey("key");
        Assert.Equal(expected, state.GetAccumulator());
        state.Add(added);
        Assert.Equal(state.Get(), copied);
    }

    private sealed class Product : IAggregateFunction<int, long, string>
    {
        public long CreateAccumulator() => 1;

        public long Add(long accumulator, int value) => accumulator * value;

        public string GetResult(long accumulator) => accumulator.ToString(System.Globalization.CultureInfo.InvariantCulture);

        public long Merge(long first, long second) => first * second;
    }
}
