using FlinkDotNet.Core.Abstractions.States;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

public sealed class ListStateTests : KeyedStateTest
{
    private readonly RocksDBListState<string> _list;

    public ListStateTests() => _list = Keyed.GetListState(StateDescriptors.List<string>("list"));

    [Fact]
    public void List_AddedToReplacedAndCleared_KeepsItsOrder()
    {
        Assert.Empty(_list.Get());
        _list.Add("b");
        _list.AddAll(["a", string.Empty, "c"]);
        _list.AddRange(["a", "d"]);
        Assert.Equal(["b", "a", string.Empty, "c", "a", "d"], _list.Get());
        Assert.Equal(_list.Get(), _list.GetValues());
        _list.Update(["x", "y"]);
        Assert.Equal(["x", "y"], _list.Get());
        Keyed.SetCurrentKey("other");
        Assert.Empty(_list.Get());
        Assert.True(_list.IsEmpty());
        Keyed.SetCurrentKey("key");
        Assert.False(_list.IsEmpty());
        _list.Clear();
        Assert.Empty(_list.Get());
    }

    [Fact]
    public void Nothing_Added_ChangesNothingAndReplacing_Clears()
    {
        IListState<string> list = _list;
        list.Add("a");
        list.AddAll(null!);
        list.AddAll([]);
        _list.AddRange(default);
        Assert.Equal(["a"], list.Get());
        list.Update(null!);
        Assert.Empty(list.Get());
        list.Add("b");
        list.Update([]);
        Assert.Empty(list.Get());
        Assert.True(_list.IsEmpty());
    }

    [Fact]
    public void Elements_ReadBefore_AreACopy()
    {
        _list.AddAll(["a", "b"]);
        var copy = _list.Get();
        foreach (var element in copy) _list.Add(element + "'");
        Assert.Equal(["a", "b"], copy);
        Assert.Equal(["a", "b", "a'", "b'"], _list.Get());
    }

    [Fact]
    public void Scan_OfALongList_ShowsItAsItWas()
    {
        var elements = Enumerable.Range(0, 20_000).Select(number => $"element {number}").ToArray();
        _list.AddAll(elements);
        var seen = new List<string>();
        foreach (var element in _list.Scan())
        {
            if (seen.Count == 0) _list.Update(["another"]);
            if (seen.Count == 100) Keyed.SetCurrentKey("other");
            seen.Add(element);
        }

        Assert.Equal(elements, seen);
        Assert.Empty(_list.Get());
        Keyed.SetCurrentKey("key");
        Assert.Equal(["another"], _list.Get());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(70_000)]
    public void Elements_OfAnySize_ComeBack(int size)
    {
        var elements = new[] { "before", new string('x', size), "after" };
        _list.AddAll(elements);
        Assert.Equal(elements, _list.Get());
        var scanned = new List<string>();
        foreach (var element in _list.Scan()) scanned.Add(element);
        Assert.Equal(elements, scanned);
        List<string> copied = ["first"];
        Assert.Equal(3, _list.CopyTo(copied));
        Assert.Equal(["first", .. elements], copied);
        Reopen();
        Assert.Equal(elements, Keyed.GetListState(StateDescriptors.List<string>("list")).Get());
    }

    [Fact]
    public void Scan_UsedAfterItsEnd_IsRefused()
    {
        _list.AddAll(["a", "b"]);
        var scan = _list.Scan();
        Assert.True(scan.MoveNext());
        scan.Dispose();
        scan.Dispose();
        var refused = 0;
        try
        {
            _ = scan.Current;
        }
        catch (ObjectDisposedException)
        {
            refused++;
        }

        try
        {
            scan.MoveNext();
        }
        catch (ObjectDisposedException)
        {
            refused++;
        }

        Assert.Equal(2, refused);
    }

    [Fact]
    public void Element_ThatCannotBeSerialized_ChangesNothing()
    {
        _list.Add("a");
        Assert.Throws<StateSerializationException>(() => _list.Add(null!));
        Assert.Throws<StateSerializationException>(() => _list.AddAll(["b", "\ud800"]));
        Assert.Throws<StateSerializationException>(() => _list.Update(["b", null!]));
        var failure = Assert.Throws<InvalidOperationException>(() => _list.AddAll(Failing()));
        Assert.Equal("no more", failure.Message);
        Assert.Equal(["a"], _list.Get());

        static IEnumerable<string> Failing()
        {
            yield return "b";
            throw new InvalidOperationException("no more");
        }
    }
}
