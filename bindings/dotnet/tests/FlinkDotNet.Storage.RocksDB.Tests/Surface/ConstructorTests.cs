using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB.Tests.Surface;

public class ConstructorTests : BackendTest
{
    [Fact]
    public void Construct_FromOptions_OpensTheFolder()
    {
        using var backend = new RocksDBStateBackend(Options(), Logger);
        Assert.Equal(DataDirectory, backend.DataDirectory);
        Assert.Equal(["default", "operator_state", "user_state"], backend.ListColumnFamilies().Order());
        Assert.Contains(Logger.Entries, entry => entry.Level == LogLevel.Information && entry.Message.Contains(DataDirectory));
    }

    [Fact]
    public void Construct_FromBoundOptions_OpensTheFolder()
    {
        using var backend = new RocksDBStateBackend(Microsoft.Extensions.Options.Options.Create(Options()), Logger);
        Assert.Equal(DataDirectory, backend.DataDirectory);
    }

    [Fact]
    public void Construct_FromConfiguration_AppliesIt()
    {
        var configuration = new RocksDBConfiguration
        {
            DbPath = DataDirectory,
            ColumnFamilies = ["a", "b"],
            WriteBufferSize = 32 << 20,
            MaxBackgroundJobs = 2,
            BlockBasedTableOptions = new BlockBasedTableOptions { BlockSize = 8 << 10, CacheSize = 16 << 20, BloomFilterBitsPerKey = 12 },
        };
        ILogger plain = Logger;
        using (var backend = new RocksDBStateBackend(configuration, plain))
        {
            Assert.Equal(["a", "b", "default"], backend.ListColumnFamilies().Order());
            Assert.Equal("33554432", InForce(backend, "write_buffer_size_bytes"));
            Assert.Equal("2", InForce(backend, "max_background_jobs"));
            Assert.Equal("8192", InForce(backend, "block_size_bytes"));
            Assert.Equal("16777216", InForce(backend, "block_cache_size_bytes"));
            Assert.Equal("12.0", InForce(backend, "bloom_filter_bits_per_key"));
        }

        using var again = new RocksDBStateBackend(configuration, Logger);
        Assert.Equal(DataDirectory, again.DataDirectory);
    }

    [Fact]
    public void Construct_ByDependencyInjection_FindsOneConstructor()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILogger<RocksDBStateBackend>>(Logger);
        services.AddSingleton<IOptions<RocksDBOptions>>(Microsoft.Extensions.Options.Options.Create(Options()));
        services.AddSingleton<RocksDBStateBackend>();
        using var provider = services.BuildServiceProvider();
        Assert.Equal(DataDirectory, provider.GetRequiredService<RocksDBStateBackend>().DataDirectory);
    }

    [Fact]
    public void Construct_WithoutALogger_IsRefused()
    {
        Assert.Equal("logger", Assert.Throws<ArgumentNullException>(() => new RocksDBStateBackend(Options(), null!)).ParamName);
        var configuration = new RocksDBConfiguration { DbPath = DataDirectory };
        Assert.Equal("logger", Assert.Throws<ArgumentNullException>(() => new RocksDBStateBackend(configuration, null!)).ParamName);
        var bound = Microsoft.Extensions.Options.Options.Create(Options());
        Assert.Equal("logger", Assert.Throws<ArgumentNullException>(() => new RocksDBStateBackend(bound, null!)).ParamName);
        Assert.False(Directory.Exists(DataDirectory));
    }

    [Fact]
    public void Construct_WithoutOptions_OpensTheDefaultFolder()
    {
        var previous = Environment.CurrentDirectory;
        Environment.CurrentDirectory = Folder.Path;
        try
        {
            using (var backend = new RocksDBStateBackend((IOptions<RocksDBOptions>)null!, Logger)) AssertDefaultFolder(backend);
            using (var backend = new RocksDBStateBackend((RocksDBConfiguration)null!, Logger)) AssertDefaultFolder(backend);
            Assert.Throws<ArgumentNullException>(() => new RocksDBStateBackend((RocksDBOptions)null!, Logger));
        }
        finally
        {
            Environment.CurrentDirectory = previous;
        }
    }

    [Fact]
    public void Construct_ThatFails_LogsAndWrapsTheCause()
    {
        File.WriteAllText(DataDirectory, "a file");
        var failure = Assert.Throws<InvalidOperationException>(() => Open());
        Assert.Contains(DataDirectory, failure.Message, StringComparison.Ordinal);
        var cause = Assert.IsType<StateBackendFolderUnusableException>(failure.InnerException);
        Assert.Equal(StateBackendStatus.FolderUnusable, cause.Status);
        var entry = Assert.Single(Logger.Entries, entry => entry.Level == LogLevel.Error);
        Assert.Same(cause, entry.Exception);
    }

    [Fact]
    public async Task InitializeAsync_OfAnOpenBackend_Ends()
    {
        using var backend = Open();
        await backend.InitializeAsync();
        await backend.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(backend.InitializeAsync);
    }

    private static void AssertDefaultFolder(RocksDBStateBackend backend)
    {
        Assert.Equal("rocksdb-data", backend.DataDirectory);
        Assert.Equal(["default"], backend.ListColumnFamilies());
        Assert.True(Directory.Exists("rocksdb-data"));
    }
}
