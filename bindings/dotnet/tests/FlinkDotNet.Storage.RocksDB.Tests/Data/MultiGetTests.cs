using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Data;

public sealed class MultiGetTests : BackendTest
{
    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBColumnFamily _family;

    public MultiGetTests()
    {
        _backend = Open();
        _family = _backend.ColumnFamily("user_state");
        _family.Put("a"u8, "1"u8);
        _family.Put("b"u8, default);
        _family.Put("c"u8, new byte[100_000]);
    }

    [Fact]
    public void MultiGet_OfPresentAndAbsentKeys_AnswersInTheirOrder()
    {
        using var keys = new MultiGet();
        foreach (var key in new[] { "c", "absent", "a", "b", "a" }) keys.Add(Bytes(key));
        _family.MultiGet(keys);
        Assert.Equal(5, keys.Count);
        Assert.True(keys.TryGetValue(0, out var large));
        Assert.Equal(100_000, large.Length);
        Assert.False(keys.TryGetValue(1, out var absent));
        Assert.True(absent.IsEmpty);
        Assert.True(keys.TryGetValue(2, out var first));
        Assert.Equal("1", Text(first));
        Assert.True(keys.TryGetValue(3, out var empty));
        Assert.True(empty.IsEmpty);
        Assert.True(keys.TryGetValue(4, out var again));
        Assert.Equal("1", Text(again));
    }

    [Fact]
    public void MultiGet_ClearedAndUsedAgain_AnswersTheNewKeys()
    {
        using var keys = new MultiGet();
        for (var round = 0; round < 3; round++)
        {
            keys.Clear();
            for (var key = 0; key < 300; key++) keys.Add(Bytes(key == round ? "a" : "absent"));
            _family.MultiGet(keys);
            for (var key = 0; key < 300; key++) Assert.Equal(key == round, keys.TryGetValue(key, out _));
        }
    }

    [Fact]
    public void MultiGet_OfNoKeys_AnswersNothing()
    {
        using var keys = new MultiGet();
        _family.MultiGet(keys);
        Assert.Equal(0, keys.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => keys.TryGetValue(0, out _));
    }

    [Fact]
    public void TryGetValue_OfAKeyNotYetRead_IsRefused()
    {
        using var keys = new MultiGet();
        keys.Add("a"u8);
        Assert.Throws<ArgumentOutOfRangeException>(() => keys.TryGetValue(0, out _));
        _family.MultiGet(keys);
        Assert.Throws<ArgumentOutOfRangeException>(() => keys.TryGetValue(-1, out _));
        keys.Add("b"u8);
        Assert.Throws<ArgumentOutOfRangeException>(() => keys.TryGetValue(0, out _));
    }

    [Fact]
    public void MultiGet_AfterDispose_IsRefused()
    {
        var keys = new MultiGet();
        keys.Dispose();
        keys.Dispose();
        Assert.Throws<ObjectDisposedException>(() => keys.Add("a"u8));
        Assert.Throws<ObjectDisposedException>(() => _family.MultiGet(keys));
    }

    [Fact]
    public void MultiGet_WithATooLongKey_IsRefused()
    {
        using var keys = new MultiGet();
        keys.Add(new byte[65537]);
        Assert.Throws<ArgumentException>(() => _family.MultiGet(keys));
    }

    [Fact]
    public void MultiGet_ThroughASnapshot_SeesThePast()
    {
        using var snapshot = _backend.CreateSnapshot();
        _family.Put("a"u8, "2"u8);
        using var keys = new MultiGet();
        keys.Add("a"u8);
        _family.MultiGet(keys, snapshot);
        Assert.True(keys.TryGetValue(0, out var value));
        Assert.Equal("1", Text(value));
    }

    protected override void Dispose(bool disposing)
    {
        _backend.Dispose();
        base.Dispose(disposing);
    }
}
