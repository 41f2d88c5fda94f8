using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

public sealed class OperatorStateTests : BackendTest
{
    [Fact]
    public void Lists_OfTheOperator_NeedNoKeyAndComeBack()
    {
        using (var backend = Open())
        {
            var offsets = backend.GetOperatorListState(StateDescriptors.List<long>("offsets"));
            offsets.AddAll([1, 2, 3]);
            offsets.Add(4);
            Assert.Same(offsets, backend.GetOperatorListState(StateDescriptors.List<long>("offsets")));
            backend.GetUnionListState(StateDescriptors.List<string>("all")).Update(["x", "y"]);
        }

        using var again = Open();
        Assert.Equal([1, 2, 3, 4], again.GetOperatorListState(StateDescriptors.List<long>("offsets")).Get());
        var all = again.GetUnionListState(StateDescriptors.List<string>("all"));
        var scanned = new List<string>();
        foreach (var element in all.Scan()) scanned.Add(element);
        Assert.Equal(["x", "y"], scanned);
        all.Clear();
        Assert.True(all.IsEmpty());
    }

    [Fact]
    public void Map_OfTheBroadcast_NeedsNoKeyAndComesBack()
    {
        using (var backend = Open())
        {
            var rules = backend.GetBroadcastState(StateDescriptors.Map<string, int?>("rules"));
            rules.PutAll(new Dictionary<string, int?> { ["a"] = 1, ["b"] = null });
            rules.Put("c", 3);
            rules.Remove("a");
        }

        using var again = Open();
        var rulesAgain = again.GetBroadcastState(StateDescriptors.Map<string, int?>("rules"));
        Assert.Equal([new("b", null), new("c", 3)], rulesAgain.Entries());
        Assert.True(rulesAgain.Contains("b"));
        rulesAgain.Clear();
        Assert.True(rulesAgain.IsEmpty());
    }

    [Fact]
    public void State_OfAnotherKindOrType_IsRefused()
    {
        using var backend = Open();
        var list = backend.GetOperatorListState(StateDescriptors.List<long>("state"));
        list.Add(1);
        Assert.Throws<StateMismatchException>(() => backend.GetUnionListState(StateDescriptors.List<long>("state")));
        Assert.Throws<StateMismatchException>(() => backend.GetOperatorListState(StateDescriptors.List<int>("state")));
        Assert.Throws<StateMismatchException>(() => backend.GetBroadcastState(StateDescriptors.Map<long, long>("state")));
        Assert.Throws<StateMismatchException>(() => list.MergeNamespaces(1, [2]));
        Assert.Equal([1], list.Get());
        backend.Dispose();
        Assert.Throws<ObjectDisposedException>(() => list.Get());
        Assert.Throws<ObjectDisposedException>(() => backend.GetOperatorListState(StateDescriptors.List<long>("state")));
        Assert.Throws<ObjectDisposedException>(() => backend.GetBroadcastState(StateDescriptors.Map<long, long>("map")));
    }
}
