using System.Buffers;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Data;

public sealed class PointTests : BackendTest
{
    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBColumnFamily _family;

    public PointTests()
    {
        _backend = Open();
        _family = _backend.ColumnFamily("user_state");
    }

    [Fact]
    public void TryGet_OfARow_CopiesItsValue()
    {
        _family.Put("key"u8, "value"u8);
        Span<byte> destination = stackalloc byte[16];
        Assert.Equal(ReadResult.Found, _family.TryGet("key"u8, destination, out var written));
        Assert.Equal("value", Text(destination[..written]));
    }

    [Fact]
    public void TryGet_OfAnAbsentKey_WritesNothing()
    {
        Span<byte> destination = [1, 2, 3];
        Assert.Equal(ReadResult.Absent, _family.TryGet("key"u8, destination, out var written));
        Assert.Equal(0, written);
        Assert.Equal([1, 2, 3], destination.ToArray());
    }

    [Fact]
    public void TryGet_IntoTooLittleMemory_SaysHowMuchItNeeds()
    {
        _family.Put("key"u8, "value"u8);
        Span<byte> destination = [1, 2, 3];
        Assert.Equal(ReadResult.TooSmall, _family.TryGet("key"u8, destination, out var written));
        Assert.Equal(5, written);
        Assert.Equal([1, 2, 3], destination.ToArray());
        Assert.Equal(ReadResult.TooSmall, _family.TryGet("key"u8, default, out written));
        Assert.Equal(5, written);
    }

    [Fact]
    public void EmptyKeysAndValues_AreRowsLikeOthers()
    {
        _family.Put("empty value"u8, default);
        Assert.Equal(ReadResult.Found, _family.TryGet("empty value"u8, default, out var written));
        Assert.Equal(0, written);
        Assert.Equal([], _family.Get("empty value"u8)!);
        _family.Put(default, "value of the empty key"u8);
        Assert.Equal("value of the empty key", Text(_family.Get(default)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(1 << 20)]
    public void Get_OfEverySize_GivesTheWholeValue(int size)
    {
        var value = new byte[size];
        new Random(size).NextBytes(value);
        _family.Put("key"u8, value);
        Assert.Equal(value, _family.Get("key"u8));
        var writer = new ArrayBufferWriter<byte>(16);
        Assert.True(_family.Get("key"u8, writer));
        Assert.Equal(value, writer.WrittenSpan.ToArray());
        using var pinned = _family.TryGetPinned("key"u8);
        Assert.True(pinned.Found);
        Assert.True(pinned.Value.SequenceEqual(value));
    }

    [Fact]
    public void Get_OfAnAbsentKey_GivesNothing()
    {
        var writer = new ArrayBufferWriter<byte>();
        Assert.Null(_family.Get("absent"u8));
        Assert.False(_family.Get("absent"u8, writer));
        Assert.Equal(0, writer.WrittenCount);
        using var pinned = _family.TryGetPinned("absent"u8);
        Assert.False(pinned.Found);
        Assert.True(pinned.Value.IsEmpty);
    }

    [Fact]
    public void Delete_OfARow_RemovesItAlone()
    {
        _family.Put("a"u8, "1"u8);
        _family.Put("b"u8, "2"u8);
        _family.Delete("a"u8);
        _family.Delete("never there"u8);
        Assert.Null(_family.Get("a"u8));
        Assert.Equal("2", Text(_family.Get("b"u8)));
    }

    [Fact]
    public void DeleteRange_OfRows_KeepsTheEnd()
    {
        foreach (var key in new[] { "a", "b", "c", "d" }) _family.Put(Bytes(key), Bytes(key));
        _family.DeleteRange("b"u8, "d"u8);
        Assert.Equal(["a", "d"], Keys());
        _family.DeleteRange("a"u8, "a"u8);
        Assert.Equal(["a", "d"], Keys());
    }

    [Fact]
    public void DeleteRange_WithTheEndFirst_IsRefused() => Assert.Throws<ArgumentException>(() => _family.DeleteRange("b"u8, "a"u8));

    [Fact]
    public void Contains_OfAKey_SaysWhetherItIsThere()
    {
        _family.Put("here"u8, default);
        Assert.True(_family.Contains("here"u8));
        Assert.False(_family.Contains("not here"u8));
    }

    [Fact]
    public void Rows_OfTwoFamilies_AreApart()
    {
        var other = _backend.ColumnFamily("operator_state");
        _family.Put("key"u8, "one"u8);
        other.Put("key"u8, "two"u8);
        Assert.Equal("one", Text(_family.Get("key"u8)));
        Assert.Equal("two", Text(other.Get("key"u8)));
    }

    [Fact]
    public void Keys_OfTheLargestLengths_AreTakenAndLongerOnesRefused()
    {
        _family.Put(new byte[65536], "value"u8);
        Assert.Equal("value", Text(_family.Get(new byte[65536])));
        var refused = Assert.Throws<ArgumentException>(() => _family.Put(new byte[65537], "value"u8));
        Assert.Contains("65536", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _family.Put("key"u8, new byte[(64 << 20) + 1]));
        Assert.Throws<ArgumentException>(() => _family.TryGet(new byte[65537], default, out _));
        Assert.Throws<ArgumentException>(() => _family.Delete(new byte[65537]));
        Assert.Throws<ArgumentException>(() => _family.Contains(new byte[65537]));
    }

    [Fact]
    public void PinnedValue_DisposedThroughACopy_CannotBeReadAgain()
    {
        _family.Put("key"u8, "value"u8);
        var pinned = _family.TryGetPinned("key"u8);
        var copy = pinned;
        pinned.Dispose();
        copy.Dispose();
        ObjectDisposedException? failure = null;
        try
        {
            _ = copy.Value;
        }
        catch (ObjectDisposedException exception)
        {
            failure = exception;
        }

        Assert.NotNull(failure);
        using var next = _family.TryGetPinned("key"u8);
        copy.Dispose();
        Assert.Equal("value", Text(next.Value));
    }

    [Fact]
    public void PinnedValue_OfARowThatIsReplaced_KeepsItsBytes()
    {
        _family.Put("key"u8, "before"u8);
        using var pinned = _family.TryGetPinned("key"u8);
        _family.Put("key"u8, "after!"u8);
        _family.Flush();
        Assert.Equal("before", Text(pinned.Value));
    }

    protected override void Dispose(bool disposing)
    {
        _backend.Dispose();
        base.Dispose(disposing);
    }

    private List<string> Keys()
    {
        var keys = new List<string>();
        foreach (var row in _family.Scan()) keys.Add(Text(row.Key));
        return keys;
    }
}
