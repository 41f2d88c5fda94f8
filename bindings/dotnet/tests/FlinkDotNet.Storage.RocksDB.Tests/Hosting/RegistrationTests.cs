using FlinkDotNet.Core.Abstractions.Storage;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB.Tests.Hosting;

public sealed class RegistrationTests : BackendTest
{
    private readonly IServiceCollection _services = new ServiceCollection();

    [Fact]
    public void Backend_OfAContainer_IsOne_AndEndsWithIt()
    {
        _services.AddSingleton<ILogger<RocksDBStateBackend>>(Logger);
        _services.AddRocksDBStateBackend(options => options.DataDirectory = DataDirectory);
        RocksDBStateBackend backend;
        using (var provider = _services.BuildServiceProvider())
        {
            Assert.False(Directory.Exists(DataDirectory));
            backend = provider.GetRequiredService<RocksDBStateBackend>();
            Assert.Same(backend, provider.GetRequiredService<IStateBackend>());
            Assert.Equal(DataDirectory, backend.DataDirectory);
        }

        Assert.Throws<ObjectDisposedException>(backend.Flush);
        Assert.Contains(Logger.Entries, entry => entry.Message == $"State backend at {DataDirectory} closed");
    }

    [Fact]
    public void Options_AreThoseOfTheConfiguration_ThenOfTheCode()
    {
        var settings = new Dictionary<string, string?> { ["state:DataDirectory"] = DataDirectory, ["state:WriteBufferSize"] = "8MB", ["state:MaxBackgroundJobs"] = "2" };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        _services.AddOptions<RocksDBOptions>().Configure(configuration.GetSection("state").Bind);
        _services.AddRocksDBStateBackend(options => options.MaxBackgroundJobs++);
        using var provider = _services.BuildServiceProvider();
        var backend = provider.GetRequiredService<RocksDBStateBackend>();
        Assert.Equal("8388608", InForce(backend, "write_buffer_size_bytes"));
        Assert.Equal("3", InForce(backend, "max_background_jobs"));
    }

    [Fact]
    public void Backends_UnderKeys_HaveFoldersOfTheirOwn_AndShareResources()
    {
        _services.AddSingleton(_ => new SharedResources(blockCacheSize: 32 << 20));
        _services.AddKeyedRocksDBStateBackend("left", options => options.DataDirectory = Folder.At("left"));
        _services.AddKeyedRocksDBStateBackend("right", options => options.DataDirectory = Folder.At("right"));
        using var provider = _services.BuildServiceProvider();
        var left = provider.GetRequiredKeyedService<RocksDBStateBackend>("left");
        var right = provider.GetRequiredKeyedService<IStateBackend>("right");
        Assert.Equal(Folder.At("left"), left.DataDirectory);
        Assert.Equal(Folder.At("right"), Assert.IsType<RocksDBStateBackend>(right).DataDirectory);
        Assert.Equal(32 << 20, left.GetStatistics().BlockCacheCapacityBytes);
        Assert.Null(provider.GetService<RocksDBStateBackend>());
    }

    [Fact]
    public void Options_ThatNoBackendCanGoBy_AreRefusedWhenTheHostStarts()
    {
        _services.AddRocksDBStateBackend(options => options.DataDirectory = "");
        _services.AddKeyedRocksDBStateBackend("late", options => options.CloseTimeout = TimeSpan.FromSeconds(-2));
        _services.AddKeyedRocksDBStateBackend("kept", options => options.CheckpointsRetained = 0);
        _services.AddKeyedRocksDBStateBackend("from", options => options.RestoreFrom = new CheckpointRestore { CheckpointId = -3 });
        _services.AddKeyedRocksDBStateBackend("inside", options => options.SnapshotDirectory = Path.Combine(options.DataDirectory, "snapshots"));
        using var provider = _services.BuildServiceProvider();
        var start = Assert.Throws<AggregateException>(provider.GetRequiredService<IStartupValidator>().Validate);
        Assert.Equal(["", "from", "inside", "kept", "late"], start.InnerExceptions.Cast<OptionsValidationException>().Select(failure => failure.OptionsName).Order());
        Assert.Equal("DataDirectory must name a folder.", Assert.Throws<OptionsValidationException>(provider.GetRequiredService<RocksDBStateBackend>).Message);
        var late = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredKeyedService<RocksDBStateBackend>("late"));
        Assert.Equal("CloseTimeout must be zero or more, or infinite, but is -00:00:02.", late.Message);
        var kept = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredKeyedService<RocksDBStateBackend>("kept"));
        Assert.Equal("CheckpointsRetained must be from 1 to 10000, but is 0.", kept.Message);
        var from = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredKeyedService<RocksDBStateBackend>("from"));
        Assert.Equal("RestoreFrom:CheckpointId must be zero or more, but is -3.", from.Message);
    }

    [Fact]
    public async Task Backend_OfAContainer_OpensWithTheCheckpointThatTheConfigurationNames()
    {
        var folder = Folder.At("checkpoints");
        using (var first = Open(new RocksDBOptions { DataDirectory = DataDirectory, CheckpointDirectory = folder }))
        {
            first.ColumnFamily("default").Put("key"u8, "value"u8);
            await first.CreateCheckpointAsync(4, TestContext.Current.CancellationToken);
        }

        var settings = new Dictionary<string, string?>
        {
            ["state:DataDirectory"] = Folder.At("other"),
            ["state:CheckpointTimeout"] = "00:05:00",
            ["state:CheckpointsRetained"] = "2",
            ["state:RestoreFrom:Directory"] = folder,
            ["state:RestoreFrom:CheckpointId"] = "4",
            ["state:RestoreFrom:ClaimMode"] = "Claim",
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        _services.AddOptions<RocksDBOptions>().Configure(configuration.GetSection("state").Bind);
        _services.AddRocksDBStateBackend();
        await using var provider = _services.BuildServiceProvider();
        var backend = provider.GetRequiredService<RocksDBStateBackend>();
        Assert.Equal(4, backend.RestoredCheckpointId);
        Assert.Equal("value"u8.ToArray(), backend.ColumnFamily("default").Get("key"u8));
        Assert.Equal(Path.Combine(Folder.At("other"), "checkpoints"), backend.Checkpoints.Directory);
    }

    [Fact]
    public void Options_ThatTheLibraryRefuses_AreRefusedByNameWhenTheHostStarts()
    {
        _services.AddRocksDBStateBackend(options => (options.DataDirectory, options.MaxBackgroundJobs) = (DataDirectory, 0));
        using var provider = _services.BuildServiceProvider();
        var failure = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate);
        Assert.Equal("MaxBackgroundJobs: option 'max_background_jobs' is 0; allowed are integers from 1 to 1024", failure.Message);
        Assert.False(Directory.Exists(DataDirectory));
    }

    [Fact]
    public async Task HealthChecks_OfAContainer_AreOfItsBackends()
    {
        _services.AddRocksDBStateBackend(options => options.DataDirectory = DataDirectory);
        _services.AddKeyedRocksDBStateBackend("other", options => options.DataDirectory = DataDirectory);
        _services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>)).AddHealthChecks()
            .AddRocksDBStateBackend(tags: ["ready"])
            .AddRocksDBStateBackend("other", "other", failureStatus: HealthStatus.Degraded);
        await using var provider = _services.BuildServiceProvider();
        _ = provider.GetRequiredService<RocksDBStateBackend>();     // checks run beside each other
        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        var healthy = report.Entries["rocksdb-state-backend"];
        Assert.Equal(HealthStatus.Healthy, healthy.Status);
        Assert.Equal(["ready"], healthy.Tags);
        var failed = report.Entries["other"];
        Assert.Equal(HealthStatus.Degraded, failed.Status);
        Assert.IsType<StateBackendFolderInUseException>(failed.Exception!.InnerException);
        provider.GetRequiredService<RocksDBStateBackend>().Dispose();
        report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal($"The state backend at {DataDirectory} is closed.", report.Entries["rocksdb-state-backend"].Description);
    }

    [Fact]
    public void HealthCheck_WithOptionsOutOfRange_IsRefusedWhenItIsRegistered()
    {
        var builder = _services.AddHealthChecks();
        Assert.Throws<ArgumentException>(() => builder.AddRocksDBStateBackend(configure: options => options.DegradedAbove = 2));
    }
}
