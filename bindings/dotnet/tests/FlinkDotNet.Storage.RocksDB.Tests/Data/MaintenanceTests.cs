using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Data;

public sealed class MaintenanceTests : BackendTest
{
    [Fact]
    public void Flush_OfTheBackend_WritesAllFamilies()
    {
        using var backend = Open();
        backend.ColumnFamily("user_state").Put("key"u8, "value"u8);
        backend.ColumnFamily("operator_state").Put("key"u8, "value"u8);
        backend.Flush();
        Assert.Equal(2, Tables());
        Assert.Equal("0", backend.ColumnFamily("user_state").Property("rocksdb.num-entries-active-mem-table"));
    }

    [Fact]
    public void Flush_OfAFamily_WritesItsRows()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        family.Put("key"u8, "value"u8);
        family.Flush();
        Assert.Equal("0", family.Property("rocksdb.num-entries-active-mem-table"));
        Assert.Equal("value", Text(family.Get("key"u8)));
    }

    [Fact]
    public void Compact_OfDeletedRows_RemovesThem()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        for (var number = 0; number < 1000; number++) family.Put(BitConverter.GetBytes(number), new byte[1000]);
        family.Flush();
        family.DeleteRange([0], [255, 255, 255, 255, 255]);
        family.Flush();
        family.Compact();
        Assert.Equal("0", family.Property("rocksdb.estimate-num-keys"));
        Assert.Equal("0", family.Property("rocksdb.total-sst-files-size"));
        family.Compact("a"u8, "b"u8);
    }

    [Fact]
    public void Property_OfBackendAndFamily_IsText()
    {
        using var backend = Open();
        Assert.Contains("** DB Stats **", backend.Property("rocksdb.dbstats"), StringComparison.Ordinal);
        Assert.Equal("0", backend.ColumnFamily("user_state").Property("rocksdb.num-files-at-level0"));
        Assert.Null(backend.Property("rocksdb.no-such-property"));
        Assert.Null(backend.ColumnFamily("user_state").Property("no such property"));
    }

    [Fact]
    public void SetOptions_OfTheBackend_IsInForce()
    {
        using var backend = Open();
        backend.SetOptions(new RuntimeOptions { MaxBackgroundJobs = 7, BytesPerSync = 512 << 10 });
        Assert.Equal("7", InForce(backend, "max_background_jobs"));
        Assert.Equal("524288", InForce(backend, "bytes_per_sync"));
        var failure = Assert.Throws<ArgumentException>(() => backend.SetOptions(new RuntimeOptions { MaxBackgroundJobs = 0 }));
        Assert.Contains("max_background_jobs", failure.Message, StringComparison.Ordinal);
        Assert.Equal("7", InForce(backend, "max_background_jobs"));
    }

    [Fact]
    public void SetOptions_OfAFamily_ReachesTheEngine()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        family.SetOptions(new ColumnFamilyOptions { DisableAutoCompactions = true, WriteBufferSize = 1 << 20 });
        var newest = Directory.EnumerateFiles(DataDirectory, "OPTIONS-*").Max(StringComparer.Ordinal)!;
        Assert.Contains("write_buffer_size=1048576", File.ReadAllText(newest), StringComparison.Ordinal);
    }

    [Fact]
    public void SetOptions_ThatCannotChange_IsRefusedByName()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        var failure = Assert.Throws<ArgumentException>(() => family.SetOptions(new ColumnFamilyOptions { MinWriteBufferNumberToMerge = 2 }));
        Assert.Contains("min_write_buffer_number_to_merge", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wal_SyncedByHand_KeepsTheRows()
    {
        using var backend = Open();
        backend.ColumnFamily("default").Put("key"u8, "value"u8);
        backend.SyncWal();
        Assert.Equal("value", Text(backend.ColumnFamily("default").Get("key"u8)));
    }

    [Fact]
    public void VerifyChecksums_OfWholeFiles_Passes()
    {
        using var backend = Open();
        backend.ColumnFamily("default").Put("key"u8, "value"u8);
        backend.Flush();
        backend.VerifyChecksums();
    }

    [Theory]
    [InlineData(WalMode.Disabled)]
    [InlineData(WalMode.Enabled)]
    [InlineData(WalMode.Sync)]
    public void Rows_OfEveryWalMode_SurviveAnOrderlyClose(WalMode mode)
    {
        var options = Options();
        options.Wal = mode;
        using (var backend = Open(options)) backend.ColumnFamily("default").Put("key"u8, "value"u8);
        using var again = Open(options);
        Assert.Equal("value", Text(again.ColumnFamily("default").Get("key"u8)));
    }

    [Fact]
    public void SharedResources_OfTwoBackends_AreOneCache()
    {
        using var resources = new SharedResources(32 << 20, 16 << 20, 100 << 20);
        using var first = Open(Options(), resources);
        using var second = Open(new RocksDBOptions { DataDirectory = Folder.At("second") }, resources);
        first.ColumnFamily("default").Put("key"u8, new byte[100_000]);
        first.Flush();
        _ = first.ColumnFamily("default").Get("key"u8);
        Assert.Equal(32 << 20, second.GetStatistics().BlockCacheCapacityBytes);
        Assert.Equal(first.GetStatistics().BlockCacheUsageBytes, second.GetStatistics().BlockCacheUsageBytes);
        Assert.True(second.GetStatistics().BlockCacheUsageBytes > 0, "The cache is empty.");
    }

    [Fact]
    public void SharedResources_DisposedFirst_StayWithTheirBackend()
    {
        var resources = new SharedResources(8 << 20);
        using var backend = Open(Options(), resources);
        resources.Dispose();
        resources.Dispose();
        backend.ColumnFamily("default").Put("key"u8, "value"u8);
        Assert.Equal(8 << 20, backend.GetStatistics().BlockCacheCapacityBytes);
        var failure = Assert.Throws<InvalidOperationException>(() => Open(new RocksDBOptions { DataDirectory = Folder.At("late") }, resources));
        Assert.IsType<ObjectDisposedException>(failure.InnerException);
    }

    [Fact]
    public void SharedResources_WithACacheOfTheBackend_AreRefused()
    {
        using var resources = new SharedResources(8 << 20);
        var options = Options();
        options.BlockCacheSize = 1 << 20;
        var failure = Assert.Throws<InvalidOperationException>(() => Open(options, resources).Dispose());
        Assert.Contains("block_cache_size_bytes", Assert.IsType<ArgumentException>(failure.InnerException).Message, StringComparison.Ordinal);
    }

    private int Tables() => Directory.EnumerateFiles(DataDirectory, "*.sst").Count();
}
