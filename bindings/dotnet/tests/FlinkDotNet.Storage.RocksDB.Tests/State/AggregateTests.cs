using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

/// <summary>Reducing and aggregating state, by the library and by functions of the user.</summary>
public sealed class AggregateTests : KeyedStateTest
{
    public static TheoryData<string, Func<string, ReducingStateDescriptor<long>>, long> IntegerReductions() => new()
    {
        { "sum", ReducingStateDescriptor.SumOfInt64, 4 },
        { "min", ReducingStateDescriptor.MinOfInt64, -5 },
        { "max", ReducingStateDescriptor.MaxOfInt64, 7 },
        { "own", name => new ReducingStateDescriptor<long>(name, (present, added) => (10 * present) + added), 265 },
    };

    public static TheoryData<string, Func<string, ReducingStateDescriptor<double>>, double> DoubleReductions() => new()
    {
        { "sum", ReducingStateDescriptor.SumOfDouble, 4.5 },
        { "min", ReducingStateDescriptor.MinOfDouble, -5 },
        { "max", ReducingStateDescriptor.MaxOfDouble, 7.5 },
        { "own", name => new ReducingStateDescriptor<double>(name, (present, added) => (10 * present) + added), 270 },
    };

    public static TheoryData<string, Func<string, AggregatingStateDescriptor<long, long>>, long> IntegerAggregates() => new()
    {
        { "sum", AggregatingStateDescriptor.SumOfInt64, 4 },
        { "min", AggregatingStateDescriptor.MinOfInt64, -5 },
        { "max", AggregatingStateDescriptor.MaxOfInt64, 7 },
        { "count", AggregatingStateDescriptor.CountOf<long>, 3 },
        { "own", name => new AggregatingStateDescriptor<long, (long, long), long>(name, new Spread()), 12 },
    };

    [Theory]
    [MemberData(nameof(IntegerReductions), DisableDiscoveryEnumeration = true)]
    public void Integers_Reduced_FollowTheCurrentKey(string name, Func<string, ReducingStateDescriptor<long>> descriptor, long result)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        var state = Keyed.GetReducingState(descriptor(name));
        Assert.False(state.TryGet(out _));
        Assert.Equal(0, state.Get());
        foreach (var value in new long[] { 2, 7, -5 }) state.Add(value);
        Assert.Equal(result, state.Get());
        Keyed.SetCurrentKey("other");
        Assert.False(state.TryGet(out _));
        Reopen();
        var again = Keyed.GetReducingState(descriptor(name));
        Assert.Equal(result, again.Get());
        again.Clear();
        Assert.False(again.TryGet(out _));
    }

    [Theory]
    [MemberData(nameof(DoubleReductions), DisableDiscoveryEnumeration = true)]
    public void Doubles_Reduced_GiveTheirResult(string name, Func<string, ReducingStateDescriptor<double>> descriptor, double result)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        var state = Keyed.GetReducingState(descriptor(name));
        foreach (var value in new[] { 2, 7.5, -5 }) state.Add(value);
        Assert.Equal(result, state.Get());
    }

    [Theory]
    [MemberData(nameof(IntegerAggregates), DisableDiscoveryEnumeration = true)]
    public void Integers_Aggregated_FollowTheCurrentKey(string name, Func<string, AggregatingStateDescriptor<long, long>> descriptor, long result)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        var state = Keyed.GetAggregatingState(descriptor(name));
        Assert.False(state.TryGet(out _));
        foreach (var value in new long[] { 2, 7, -5 }) state.Add(value);
        Assert.Equal(result, state.Get());
        Keyed.SetCurrentKey("other");
        Assert.False(state.TryGet(out _));
        Reopen();
        Assert.Equal(result, Keyed.GetAggregatingState(descriptor(name)).Get());
    }

    [Fact]
    public void Means_OfIntegersAndDoubles_AreDoubles()
    {
        var integers = Keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfInt64("integers"));
        var doubles = Keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfDouble("doubles"));
        foreach (var value in new[] { 1, 2, 4, 6 }) integers.Add(value);
        foreach (var value in new[] { 0.5, 1.5, 2.5 }) doubles.Add(value);
        Assert.Equal(3.25, integers.Get());
        Assert.Equal(1.5, doubles.Get());
        Assert.Equal(4, Aggregate(AggregatingStateDescriptor.SumOfDouble("sum")));
        Assert.Equal(0.5, Aggregate(AggregatingStateDescriptor.MinOfDouble("min")));
        Assert.Equal(2.5, Aggregate(AggregatingStateDescriptor.MaxOfDouble("max")));

        double Aggregate(AggregatingStateDescriptor<double, double> descriptor)
        {
            var state = Keyed.GetAggregatingState(descriptor);
            foreach (var value in new[] { 1.0, 0.5, 2.5 }) state.Add(value);
            return state.Get();
        }
    }

    [Fact]
    public void Sum_ThatWouldOverflow_IsRefusedAndStays()
    {
        var sum = Keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64("sum"));
        sum.Add(long.MaxValue);
        Assert.Throws<OverflowException>(() => sum.Add(1));
        Assert.Equal(long.MaxValue, sum.Get());
        sum.Add(-1);
        Assert.Equal(long.MaxValue - 1, sum.Get());
    }

    [Fact]
    public void Function_ThatThrowsOrAnswersNull_LeavesTheState()
    {
        Func<string, string, string> reduce = (present, added) => present + added;
        var state = Keyed.GetReducingState(new ReducingStateDescriptor<string>("text", (present, added) => reduce(present, added)));
        state.Add("a");
        state.Add("b");
        reduce = (_, _) => throw new TimeoutException();
        Assert.Throws<TimeoutException>(() => state.Add("c"));
        reduce = (_, _) => null!;
        Assert.Contains("'text'", Assert.Throws<InvalidOperationException>(() => state.Add("c")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => state.Add(null!));
        Assert.Equal("ab", state.Get());
    }

    [Fact]
    public void Aggregate_OfAnotherKind_IsRefused()
    {
        Keyed.GetAggregatingState(AggregatingStateDescriptor.SumOfInt64("sum")).Add(1);
        Assert.Throws<StateMismatchException>(() => Keyed.GetAggregatingState(AggregatingStateDescriptor.MaxOfInt64("sum")));
        Assert.Throws<StateMismatchException>(() => Keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64("sum")));
        Assert.Throws<ArgumentNullException>(() => new ReducingStateDescriptor<int>("none", null!));
        Assert.Throws<ArgumentException>(() => new ReducingStateDescriptor<Version>("none", (_, last) => last));
    }

    private sealed class Spread : IAggregateFunction<long, (long Least, long Greatest), long>
    {
        public (long Least, long Greatest) CreateAccumulator() => (long.MaxValue, long.MinValue);

        public (long Least, long Greatest) Add((long Least, long Greatest) accumulator, long value) =>
            (Math.Min(accumulator.Least, value), Math.Max(accumulator.Greatest, value));

        public long GetResult((long Least, long Greatest) accumulator) => accumulator.Greatest - accumulator.Least;

        public (long Least, long Greatest) Merge((long Least, long Greatest) first, (long Least, long Greatest) second) =>
            (Math.Min(first.Least, second.Least), Math.Max(first.Greatest, second.Greatest));
    }
}
