using FlinkDotNet.Core.Abstractions.States;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

public sealed class MapStateTests : KeyedStateTest
{
    private readonly RocksDBMapState<int, string?> _map;

    public MapStateTests() => _map = Keyed.GetMapState(StateDescriptors.Map<int, string?>("map"));

    [Fact]
    public void Map_OfEntries_IsWhatIMapStateSays()
    {
        IMapState<int, string?> map = _map;
        Assert.True(map.IsEmpty());
        map.Put(2, "two");
        map.Put(-1, "minus one");
        map.PutAll(new Dictionary<int, string?> { [2] = "zwei", [300] = "many" });
        map.PutAll(null!);
        Assert.Equal("zwei", map.Get(2));
        Assert.Equal("zwei", map.GetValueForKey(2));
        Assert.True(map.Contains(-1));
        Assert.False(map.Contains(3));
        Assert.Equal([-1, 2, 300], map.Keys());
        Assert.Equal(["minus one", "zwei", "many"], map.Values());
        map.Remove(2);
        map.Remove(2);
        Assert.Equal([new(-1, "minus one"), new(300, "many")], map.Entries());
        Assert.False(map.IsEmpty());
        Keyed.SetCurrentKey("other");
        Assert.True(map.IsEmpty());
        Assert.Empty(map.Entries());
        Keyed.SetCurrentKey("key");
        map.Clear();
        Assert.True(map.IsEmpty());
        Assert.Empty(map.Keys());
    }

    [Fact]
    public void Get_OfAMissingKey_IsTheDefaultOfTheType()
    {
        Assert.Null(_map.Get(1));
        Assert.False(_map.TryGet(1, out _));
        Assert.Equal(0, Keyed.GetMapState(StateDescriptors.Map<string, long>("numbers")).Get("none"));
    }

    [Fact]
    public void Value_OfNull_IsAnEntry()
    {
        _map.Put(1, null);
        _map.Put(2, string.Empty);
        _map.PutAll(new Dictionary<int, string?> { [3] = null, [4] = "four" });
        Assert.True(_map.Contains(1));
        Assert.True(_map.TryGet(1, out var value));
        Assert.Null(value);
        Assert.Equal(string.Empty, _map.Get(2));
        Assert.Equal([null, string.Empty, null, "four"], _map.Values());
        Reopen();
        Assert.Equal(
            [new(1, null), new(2, string.Empty), new(3, null), new(4, "four")],
            Keyed.GetMapState(StateDescriptors.Map<int, string?>("map")).Entries());
    }

    [Fact]
    public void Keys_OfText_MayBeEmptyAndPrefixesOfOneAnother()
    {
        var map = Keyed.GetMapState(StateDescriptors.Map<string, int>("text"));
        string[] keys = [string.Empty, "\0", "\0\0", "a", "a\0", "ab", "\u00ff"];
        for (var index = 0; index < keys.Length; index++) map.Put(keys[index], index);
        Assert.Equal(keys, map.Keys());
        Assert.Equal(Enumerable.Range(0, keys.Length), map.Values());
        map.Remove("a");
        Assert.Equal(keys.Except(["a"]), map.Keys());
        Assert.Throws<ArgumentNullException>(() => map.Put(null!, 1));
        Assert.Throws<ArgumentNullException>(() => map.Get(null!));
    }

    [Fact]
    public void Entries_ReadBefore_AreACopy()
    {
        for (var number = 0; number < 10; number++) _map.Put(number, "x");
        foreach (var (key, _) in _map.Entries())
        {
            _map.Remove(key);
            _map.Put(key + 100, "y");
        }

        Assert.Equal(Enumerable.Range(100, 10), _map.Keys());
    }

    [Fact]
    public void Scan_OfALargeMap_ShowsItAsItWas()
    {
        _map.PutAll(Enumerable.Range(0, 10_000).ToDictionary(number => number, number => (string?)$"value {number}"));
        var expected = 0;
        foreach (var (key, value) in _map.Scan())
        {
            if (expected == 1) _map.Clear();
            if (expected == 50) Keyed.SetCurrentKey("other");
            Assert.Equal(expected, key);
            Assert.Equal($"value {expected}", value);
            expected++;
        }

        Assert.Equal(10_000, expected);
        Keyed.SetCurrentKey("key");
        Assert.True(_map.IsEmpty());
    }

    [Fact]
    public void StrictScan_WithRemoveAndReplaceOfItsOwn_GoesOn()
    {
        for (var number = 0; number < 1000; number++) _map.Put(number, "old");
        var scan = _map.Scan(strict: true);
        try
        {
            while (scan.MoveNext())
            {
                var key = scan.Current.Key;
                if (key % 3 == 0) scan.RemoveCurrent();
                if (key % 3 == 1) scan.ReplaceCurrent("new");
                if (key == 2) scan.ReplaceCurrent(null);
            }
        }
        finally
        {
            scan.Dispose();
        }

        Assert.Equal(Enumerable.Range(0, 1000).Where(number => number % 3 != 0), _map.Keys());
        Assert.Equal("new", _map.Get(1));
        Assert.True(_map.TryGet(2, out var nothing));
        Assert.Null(nothing);
        Assert.Equal("old", _map.Get(5));
    }

    [Fact]
    public void StrictScan_WithAChangeBesideIt_IsRefusedAndTheMapStays()
    {
        for (var number = 0; number < 10; number++) _map.Put(number, "old");
        Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var entry in _map.Scan(strict: true)) _map.Put(entry.Key, "new");
        });
        Assert.Equal(10, _map.Keys().Count());
        var others = Keyed.GetMapState(StateDescriptors.Map<int, string?>("others"));
        foreach (var (key, value) in _map.Scan(strict: true)) others.Put(key, value);
        Assert.Equal(_map.Entries(), others.Entries());
    }

    [Fact]
    public void Value_OfAnySize_ComesBack()
    {
        foreach (var size in new[] { 255, 256, 257, 100_000 })
        {
            _map.Put(size, new string('x', size));
            Assert.Equal(size, _map.Get(size)!.Length);
        }

        Assert.Equal([255, 256, 257, 100_000], _map.Values().Select(value => value!.Length));
    }

    [Fact]
    public void Entry_ThatCannotBeSerialized_ChangesNothing()
    {
        _map.Put(1, "one");
        Assert.Throws<StateSerializationException>(() => _map.Put(1, "\ud800"));
        Assert.Throws<StateSerializationException>(() => _map.PutAll(new Dictionary<int, string?> { [1] = "uno", [2] = "\ud800" }));
        Assert.Equal([new(1, "one")], _map.Entries());
        var text = Keyed.GetMapState(StateDescriptors.Map<string, int>("text"));
        Assert.Throws<StateSerializationException>(() => text.Contains("\ud800"));
        Assert.Throws<ArgumentException>(() => text.Put(new string('x', 20_000), 1));
        Assert.True(text.IsEmpty());
    }

    [Fact]
    public void Map_OfOtherTypes_IsRefused()
    {
        Assert.Throws<StateMismatchException>(() => Keyed.GetMapState(StateDescriptors.Map<long, string>("map")));
        Assert.Throws<StateMismatchException>(() => Keyed.GetMapState(StateDescriptors.Map<int, int>("map")));
    }
}
