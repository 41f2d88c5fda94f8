using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Data;

public sealed class WriteBatchTests : BackendTest
{
    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBColumnFamily _user;
    private readonly RocksDBColumnFamily _operator;

    public WriteBatchTests()
    {
        _backend = Open();
        _user = _backend.ColumnFamily("user_state");
        _operator = _backend.ColumnFamily("operator_state");
    }

    [Fact]
    public void Write_OverTwoFamilies_AppliesInOrder()
    {
        _user.Put("old1"u8, "x"u8);
        _user.Put("old2"u8, "x"u8);
        using var batch = new WriteBatch();
        batch.Put(_user, "a"u8, "1"u8);
        batch.Put(_operator, "a"u8, "2"u8);
        batch.DeleteRange(_user, "old"u8, "olf"u8);
        batch.Put(_user, "b"u8, "3"u8);
        batch.Delete(_user, "b"u8);
        batch.Put(_user, "old1"u8, default);
        Assert.Equal(6, batch.Count);
        _backend.Write(batch);
        Assert.Equal("1", Text(_user.Get("a"u8)));
        Assert.Equal("2", Text(_operator.Get("a"u8)));
        Assert.Null(_user.Get("b"u8));
        Assert.Equal([], _user.Get("old1"u8)!);
        Assert.Null(_user.Get("old2"u8));
    }

    [Fact]
    public void Write_WithOneBadRecord_AppliesNone()
    {
        using var batch = new WriteBatch();
        batch.Put(_user, "good"u8, "1"u8);
        batch.Put(_user, new byte[65537], "2"u8);
        Assert.Throws<ArgumentException>(() => _backend.Write(batch));
        Assert.Null(_user.Get("good"u8));
    }

    [Fact]
    public void Write_OfAnEmptyBatch_DoesNothing()
    {
        using var batch = new WriteBatch();
        _backend.Write(batch);
        Assert.Equal(0, batch.SizeInBytes);
    }

    [Fact]
    public void Batch_ClearedAndUsedAgain_HasTheNewRecordsOnly()
    {
        using var batch = new WriteBatch();
        batch.Put(_user, "first"u8, "1"u8);
        Assert.Equal(16 + 5 + 1, batch.SizeInBytes);
        batch.Clear();
        Assert.Equal(0, batch.Count);
        Assert.Equal(0, batch.SizeInBytes);
        batch.Put(_user, "second"u8, "2"u8);
        _backend.Write(batch);
        _backend.Write(batch);
        Assert.Null(_user.Get("first"u8));
        Assert.Equal("2", Text(_user.Get("second"u8)));
    }

    [Fact]
    public void Write_OfManyRecords_AppliesAll()
    {
        using var batch = new WriteBatch();
        for (var number = 0; number < 50_000; number++) batch.Put(_user, BitConverter.GetBytes(number), BitConverter.GetBytes(-number));
        _backend.Write(batch);
        Assert.Equal(-49_999, BitConverter.ToInt32(_user.Get(BitConverter.GetBytes(49_999))));
        Assert.Equal(50_000, _backend.GetStatistics().RowsWritten);
    }

    [Fact]
    public void Batch_OfTwoBackends_IsRefused()
    {
        using var other = Open(new RocksDBOptions { DataDirectory = Folder.At("other") });
        using var batch = new WriteBatch();
        batch.Put(_user, "key"u8, "1"u8);
        var mixed = Assert.Throws<ArgumentException>(() => batch.Put(other.ColumnFamily("user_state"), "key"u8, "2"u8));
        Assert.Contains("user_state", mixed.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => other.Write(batch));
        Assert.Null(other.ColumnFamily("user_state").Get("key"u8));
    }

    [Fact]
    public void Batch_BeyondItsLargestSize_IsRefusedAndStaysWritable()
    {
        using var batch = new WriteBatch();
        var value = new byte[60 << 20];
        for (var number = 0; number < 4; number++) batch.Put(_user, [(byte)number], value);
        var refused = Assert.Throws<ArgumentException>(() => batch.Put(_user, "one more"u8, value));
        Assert.Contains("268435456", refused.Message, StringComparison.Ordinal);
        Assert.Equal(4, batch.Count);
    }

    [Fact]
    public void Batch_WithAFamilyDroppedSince_IsRefused()
    {
        var dropped = _backend.CreateColumnFamily("short_lived");
        using var batch = new WriteBatch();
        batch.Put(_user, "key"u8, "1"u8);
        batch.Put(dropped, "key"u8, "1"u8);
        _backend.DropColumnFamily("short_lived");
        Assert.ThrowsAny<Exception>(() => _backend.Write(batch));
        Assert.Null(_user.Get("key"u8));
    }

    [Fact]
    public void Batch_AfterDispose_IsRefused()
    {
        var batch = new WriteBatch();
        batch.Put(_user, "key"u8, "1"u8);
        batch.Dispose();
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch.Put(_user, "key"u8, "1"u8));
        Assert.Throws<ObjectDisposedException>(() => _backend.Write(batch));
        Assert.Throws<ArgumentNullException>(() => _backend.Write(null!));
    }

    protected override void Dispose(bool disposing)
    {
        _backend.Dispose();
        base.Dispose(disposing);
    }
}
