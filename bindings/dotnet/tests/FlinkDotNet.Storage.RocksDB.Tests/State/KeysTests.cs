using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

/// <summary>Walks over all keys.</summary>
public sealed class KeysTests : KeyedStateTest
{
    private static readonly string[] Names = Enumerable.Range(0, 3000).Select(number => $"key {number}").ToArray();

    [Fact]
    public void Keys_OfAState_ComeEachOnceInTheOrderOfTheirGroups()
    {
        var map = Keyed.GetMapState(StateDescriptors.Map<int, int>("map"));
        foreach (var name in Names)
        {
            Keyed.SetCurrentKey(name);
            map.Put(1, 1);
            map.Put(2, 2);
        }

        Keyed.SetCurrentNamespace(7);
        map.Put(3, 3);
        Keyed.ClearCurrentKey();
        var keys = Keyed.GetKeys("map").ToList();
        Assert.Equal(Names.Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
        var groups = keys.Select(key => KeyGroups.OfKey(key, Keyed.MaxParallelism)).ToList();
        Assert.Equal(groups.Order(), groups);
        Assert.Equal([Names[^1]], Keyed.GetKeys("map", 7));
        Assert.Empty(Keyed.GetKeys("map", 8));
        Keyed.SetCurrentKey("key");
        map.Put(4, 4);
        Assert.Contains("key", Keyed.GetKeys("map", 7));
    }

    [Fact]
    public void KeysAndNamespaces_OfAState_AreAllPairs()
    {
        var list = Keyed.GetListState(StateDescriptors.List<int>("list"), StateOptions.InNamespaces<string>());
        (string, string)[] pairs = [("a", "one"), ("a", "two"), ("b", "two"), ("c", string.Empty)];
        foreach (var (key, name) in pairs)
        {
            Keyed.SetCurrentKey(key);
            Keyed.SetCurrentNamespace(name);
            list.AddAll([1, 2]);
        }

        Assert.Equal(pairs, Keyed.GetKeysAndNamespaces<string>("list").Order());
    }

    [Fact]
    public void Keys_Enumerated_ShowWhatWasWhenItBegan()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<int>("state"));
        foreach (var name in Names)
        {
            Keyed.SetCurrentKey(name);
            state.Update(1);
        }

        var seen = 0;
        var keys = Keyed.GetKeys("state");
        foreach (var key in keys)
        {
            Keyed.SetCurrentKey(key);
            state.Clear();
            seen++;
        }

        Assert.Equal(Names.Length, seen);
        Assert.Empty(keys);
        Keyed.SetCurrentKey(Names[5]);
        state.Update(2);
        Assert.Equal([Names[5]], keys);
    }

    [Fact]
    public void Function_AppliedToAllKeys_SeesEachAsTheCurrentOne()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<int>("state"));
        Keyed.SetCurrentNamespace("here");
        foreach (var name in Names)
        {
            Keyed.SetCurrentKey(name);
            state.Update(1);
        }

        Keyed.SetCurrentKey("mine");
        Keyed.SetCurrentNamespace("there");
        state.Update(5);
        Keyed.ApplyToAllKeys("here", state, (key, value) =>
        {
            Assert.Equal(key, Keyed.CurrentKey);
            value.Update(value.Value() + key.Length);
        });
        Assert.Equal("mine", Keyed.CurrentKey);
        Assert.Equal(5, state.Value());
        Keyed.SetCurrentNamespace("here");
        Keyed.SetCurrentKey(Names[10]);
        Assert.Equal(1 + Names[10].Length, state.Value());
        Keyed.ClearCurrentKey();
        Keyed.ApplyToAllKeys(state, (_, _) => Assert.Fail("There is no key in the void namespace."));
        Keyed.ApplyToAllKeys("here", state, (_, value) => value.Clear());
        Assert.Empty(Keyed.GetKeys("state", "here"));
        Assert.False(Keyed.HasCurrentKey);
    }

    [Fact]
    public void Function_ThatThrows_EndsTheWalkAndTheKeyIsBack()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<int>("state"));
        foreach (var name in Names[..3])
        {
            Keyed.SetCurrentKey(name);
            state.Update(1);
        }

        var calls = 0;
        Assert.Throws<TimeoutException>(() => Keyed.ApplyToAllKeys(state, (_, _) => throw new TimeoutException($"call {++calls}")));
        Assert.Equal(1, calls);
        Assert.Equal(Names[2], Keyed.CurrentKey);
    }

    [Fact]
    public void State_NotOpenedOrOfAnotherBackend_IsRefused()
    {
        Assert.Equal(StateBackendStatus.StateNotFound, Assert.Throws<StateNotFoundException>(() => Keyed.GetKeys("none")).Status);
        Assert.Throws<StateNotFoundException>(() => Keyed.GetKeysAndNamespaces<int>("none"));
        Assert.Throws<StateNotFoundException>(() => Keyed.DropState("none"));
        using var folder = new TestFolder();
        using var otherBackend = Open(new RocksDBOptions { DataDirectory = folder.At("state") });
        using var other = otherBackend.CreateKeyedStateBackend<string>();
        var foreign = other.GetValueState(StateDescriptors.Value<int>("state"));
        Keyed.GetValueState(StateDescriptors.Value<int>("state"));
        Assert.Throws<ArgumentException>(() => Keyed.ApplyToAllKeys(foreign, (_, _) => { }));
    }

    [Fact]
    public void State_Dropped_IsGoneAndItsNameFree()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<int>("state"));
        state.Update(1);
        Keyed.DropState("state");
        Assert.Throws<ObjectDisposedException>(() => state.Value());
        Assert.DoesNotContain("\"state\"", Keyed.StatesJson(), StringComparison.Ordinal);
        var list = Keyed.GetListState(StateDescriptors.List<string>("state"));
        Assert.Empty(list.Get());
        Assert.Empty(Keyed.GetKeys("state"));
    }
}
