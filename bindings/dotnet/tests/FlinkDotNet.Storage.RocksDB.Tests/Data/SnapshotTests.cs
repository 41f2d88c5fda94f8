using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Data;

public sealed class SnapshotTests : BackendTest
{
    [Fact]
    public void Snapshot_OfAllFamilies_SeesTheMomentOnly()
    {
        using var backend = Open();
        var user = backend.ColumnFamily("user_state");
        var other = backend.ColumnFamily("operator_state");
        user.Put("key"u8, "before"u8);
        using var snapshot = backend.CreateSnapshot();
        user.Put("key"u8, "after"u8);
        other.Put("new"u8, "after"u8);
        Assert.Equal("before", Text(user.Get("key"u8, snapshot)));
        Assert.Equal("after", Text(user.Get("key"u8)));
        Assert.False(other.Contains("new"u8, snapshot));
        Assert.Null(other.Get("new"u8, snapshot));
        using var pinned = user.TryGetPinned("key"u8, snapshot);
        Assert.Equal("before", Text(pinned.Value));
        Span<byte> destination = stackalloc byte[8];
        Assert.Equal(ReadResult.Found, user.TryGet("key"u8, destination, out var written, snapshot));
        Assert.Equal("before", Text(destination[..written]));
    }

    [Fact]
    public void Sequence_OfLaterSnapshots_Grows()
    {
        using var backend = Open();
        using var first = backend.CreateSnapshot();
        backend.ColumnFamily("default").Put("key"u8, "value"u8);
        using var second = backend.CreateSnapshot();
        Assert.True(second.Sequence > first.Sequence);
    }

    [Fact]
    public void Snapshot_AfterDispose_IsRefused()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("default");
        var snapshot = backend.CreateSnapshot();
        snapshot.Dispose();
        snapshot.Dispose();
        Assert.Throws<ObjectDisposedException>(() => family.Get("key"u8, snapshot));
        Assert.Throws<ObjectDisposedException>(() => family.Contains("key"u8, snapshot));
        Assert.Throws<ObjectDisposedException>(() => family.Scan(new ScanOptions { Snapshot = snapshot }));
    }

    [Fact]
    public void Snapshot_OfAnotherBackend_IsRefused()
    {
        using var backend = Open();
        using var other = Open(new RocksDBOptions { DataDirectory = Folder.At("other") });
        using var snapshot = other.CreateSnapshot();
        Assert.Throws<ArgumentException>(() => backend.ColumnFamily("default").Get("key"u8, snapshot));
    }
}
