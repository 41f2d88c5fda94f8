using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Data;

public sealed class ColumnFamilyTests : BackendTest
{
    [Fact]
    public void ColumnFamily_AskedForTwice_IsTheSameObject()
    {
        using var backend = Open();
        Assert.Same(backend.ColumnFamily("user_state"), backend.ColumnFamily("user_state"));
        Assert.Equal("user_state", backend.ColumnFamily("user_state").Name);
    }

    [Fact]
    public void ColumnFamily_ThatDoesNotExist_IsRefusedByName()
    {
        using var backend = Open();
        var failure = Assert.Throws<StateBackendColumnFamilyNotFoundException>(() => backend.ColumnFamily("nowhere"));
        Assert.Contains("nowhere", failure.Message, StringComparison.Ordinal);
        Assert.Equal(StateBackendStatus.ColumnFamilyNotFound, failure.Status);
        Assert.Throws<StateBackendColumnFamilyNotFoundException>(() => backend.DropColumnFamily("nowhere"));
        Assert.Throws<ArgumentNullException>(() => backend.ColumnFamily(null!));
    }

    [Fact]
    public void CreateColumnFamily_WithOptions_HoldsRowsAndSurvivesReopening()
    {
        using (var backend = Open())
        {
            var family = backend.CreateColumnFamily("sessions", new ColumnFamilyOptions { WriteBufferSize = 1 << 20, Compression = CompressionType.Zstd });
            family.Put("key"u8, "value"u8);
            Assert.Contains("sessions", backend.ListColumnFamilies());
        }

        using var again = Open();
        Assert.Equal("value", Text(again.ColumnFamily("sessions").Get("key"u8)));
    }

    [Fact]
    public void CreateColumnFamily_ThatExists_IsRefusedByName()
    {
        using var backend = Open();
        var failure = Assert.Throws<StateBackendColumnFamilyExistsException>(() => backend.CreateColumnFamily("user_state"));
        Assert.Contains("user_state", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateColumnFamily_WithABadName_IsRefused()
    {
        using var backend = Open();
        Assert.ThrowsAny<ArgumentException>(() => backend.CreateColumnFamily(string.Empty));
        Assert.ThrowsAny<ArgumentException>(() => backend.CreateColumnFamily("half a pair \ud800"));
        Assert.ThrowsAny<ArgumentException>(() => backend.CreateColumnFamily(new string('n', 256)));
        Assert.Equal(3, backend.ListColumnFamilies().Count);
    }

    [Fact]
    public void CreateColumnFamily_WithABadOption_IsRefusedByName()
    {
        using var backend = Open();
        var failure = Assert.Throws<ArgumentException>(() => backend.CreateColumnFamily("sessions", new ColumnFamilyOptions { BlockSize = 1 }));
        Assert.Contains("block_size_bytes", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sessions", backend.ListColumnFamilies());
    }

    [Fact]
    public void DropColumnFamily_InUse_RefusesLaterCallsByName()
    {
        using var backend = Open();
        var family = backend.CreateColumnFamily("sessions");
        family.Put("key"u8, "value"u8);
        using var pinned = family.TryGetPinned("key"u8);
        backend.DropColumnFamily("sessions");
        var failure = Assert.Throws<StateBackendColumnFamilyNotFoundException>(() => family.Get("key"u8));
        Assert.Equal("The column family 'sessions' has been dropped.", failure.Message);
        Assert.Equal(StateBackendStatus.ColumnFamilyDropped, failure.Status);
        Assert.Throws<StateBackendColumnFamilyNotFoundException>(() => backend.ColumnFamily("sessions"));
        Assert.Equal("value", Text(pinned.Value));
    }

    [Fact]
    public void DropColumnFamily_CreatedAgain_IsEmpty()
    {
        using var backend = Open();
        backend.CreateColumnFamily("sessions").Put("key"u8, "value"u8);
        backend.DropColumnFamily("sessions");
        var again = backend.CreateColumnFamily("sessions");
        Assert.Null(again.Get("key"u8));
        again.Put("key"u8, "new"u8);
        Assert.Equal("new", Text(backend.ColumnFamily("sessions").Get("key"u8)));
    }

    [Fact]
    public void DropColumnFamily_OfTheDefault_IsRefused()
    {
        using var backend = Open();
        Assert.Throws<ArgumentException>(() => backend.DropColumnFamily("default"));
        Assert.Contains("default", backend.ListColumnFamilies());
    }

    [Fact]
    public void Open_WithFewerFamiliesThanTheFolderHas_OpensAll()
    {
        using (var backend = Open()) backend.CreateColumnFamily("sessions");
        var options = Options();
        options.ColumnFamilies = ["default"];
        using var again = Open(options);
        Assert.Equal(["default", "operator_state", "sessions", "user_state"], again.ListColumnFamilies().Order());
    }

    [Fact]
    public void ColumnFamilies_WithNamesOfAnyLanguage_AreKept()
    {
        using var backend = Open();
        backend.CreateColumnFamily("заказы 注文").Put("key"u8, "value"u8);
        Assert.Contains("заказы 注文", backend.ListColumnFamilies());
    }
}
