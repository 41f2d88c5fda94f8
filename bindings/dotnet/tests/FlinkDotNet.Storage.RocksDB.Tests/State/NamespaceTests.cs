using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

public sealed class NamespaceTests : KeyedStateTest
{
    private static readonly TimeWindow First = new(0, 10);
    private static readonly TimeWindow Second = new(10, 20);
    private static readonly TimeWindow Third = new(20, 30);

    [Fact]
    public void Namespace_SetAndLeft_StaysOverKeys()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<long>("count"), StateOptions.InNamespaces<TimeWindow>());
        state.Update(1);
        Keyed.SetCurrentNamespace(First);
        Assert.False(state.TryGet(out _));
        state.Update(2);
        Keyed.SetCurrentKey("other");
        Assert.False(state.TryGet(out _));
        state.Update(3);
        Keyed.SetCurrentNamespace(Second);
        Assert.False(state.TryGet(out _));
        Keyed.SetCurrentKey("key");
        Keyed.SetCurrentNamespace(First);
        Assert.Equal(2, state.Value());
        Keyed.ClearCurrentNamespace();
        Assert.Equal(1, state.Value());
    }

    [Fact]
    public void Lists_OfMergedNamespaces_AreAppendedAndTheSourcesCleared()
    {
        var list = Keyed.GetListState(StateDescriptors.List<string>("list"), StateOptions.InNamespaces<TimeWindow>());
        In(First, () => list.AddAll(["a", "b"]));
        In(Second, () => list.Add("c"));
        In(Third, () => list.Add("d"));
        Keyed.SetCurrentNamespace(Second);
        list.MergeNamespaces(Third, [Second, First, Third, First]);
        Assert.True(list.IsEmpty());
        In(First, () => Assert.True(list.IsEmpty()));
        In(Third, () => Assert.Equal(["d", "c", "a", "b"], list.Get()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sums_OfMergedNamespaces_AreAdded(bool own)
    {
        var descriptor = own ? new ReducingStateDescriptor<long>("sum", (left, right) => left + right) : ReducingStateDescriptor.SumOfInt64("sum");
        var sum = Keyed.GetReducingState(descriptor, StateOptions.InNamespaces<TimeWindow>());
        In(First, () => sum.Add(1));
        In(Second, () => sum.Add(10));
        In(Third, () => sum.Add(100));
        Keyed.SetCurrentNamespace(First);
        sum.MergeNamespaces(Third, [First, Second, Third]);
        Assert.False(sum.TryGet(out _));
        In(Second, () => Assert.True(sum.IsEmpty()));
        In(Third, () => Assert.Equal(111, sum.Get()));
        sum.MergeNamespaces(First, [Third]);
        In(First, () => Assert.Equal(111, sum.Get()));
        sum.MergeNamespaces(Second, [Third]);
        In(Second, () => Assert.True(sum.IsEmpty()));
    }

    [Fact]
    public void Aggregates_OfMergedNamespaces_GoThroughTheFunction()
    {
        var function = new Joining();
        var descriptor = new AggregatingStateDescriptor<int, string, string>("joined", function);
        var state = Keyed.GetAggregatingState(descriptor, StateOptions.InNamespaces<int>());
        Keyed.SetCurrentNamespace(1);
        state.Add(1);
        state.Add(2);
        Keyed.SetCurrentNamespace(2);
        state.Add(3);
        function.Fails = true;
        Assert.Throws<TimeoutException>(() => state.MergeNamespaces(2, [1]));
        Assert.Equal("<3>", state.Get());
        Keyed.SetCurrentNamespace(1);
        Assert.Equal("<12>", state.Get());
        function.Fails = false;
        state.MergeNamespaces(2, [1]);
        Assert.Null(state.Get());
        Keyed.SetCurrentNamespace(2);
        Assert.Equal("<12|3>", state.Get());
    }

    [Fact]
    public void Namespace_ThatCannotBeSet_LeavesTheOneBefore()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<long>("count"));
        Keyed.SetCurrentNamespace("here");
        state.Update(1);
        Assert.Throws<StateSerializationException>(() => Keyed.SetCurrentNamespace("\ud800"));
        Assert.Throws<ArgumentException>(() => Keyed.SetCurrentNamespace(new string('x', 20_000)));
        Assert.Throws<ArgumentException>(() => Keyed.SetCurrentNamespace(new Version(1, 0)));
        Assert.Equal(1, state.Value());
    }

    private void In(TimeWindow window, Action call)
    {
        Keyed.SetCurrentNamespace(window);
        call();
        Keyed.SetCurrentNamespace(First);
    }

    private sealed class Joining : IAggregateFunction<int, string, string>
    {
        public bool Fails { get; set; }

        public string CreateAccumulator() => string.Empty;

        public string Add(string accumulator, int value) => accumulator + value;

        public string GetResult(string accumulator) => $"<{accumulator}>";

        public string Merge(string first, string second) => Fails ? throw new TimeoutException() : $"{first}|{second}";
    }
}
