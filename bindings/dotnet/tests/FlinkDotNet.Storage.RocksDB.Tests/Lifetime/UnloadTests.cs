using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlinkDotNet.Storage.RocksDB.Tests.Lifetime;

/// <summary>An assembly in a collectible load context is used, disposed of, and gone; another copy of it works on.</summary>
public sealed class UnloadTests : BackendTest
{
    private const int Collections = 20;

    [Fact]
    public void Copy_UsedAndDisposed_IsUnloaded()
    {
        for (var round = 0; round < 3; round++)
        {
            var copy = IsolatedCopy.Run(typeof(UnloadTests), nameof(UseEverything), Folder.At($"copy{round}"));
            AssertUnloaded(copy);
        }

        using var backend = Open();
        backend.ColumnFamily("default").Put("key"u8, "value"u8);
    }

    internal static void UseEverything(string folder)
    {
        var options = new RocksDBOptions { DataDirectory = folder, CheckpointDirectory = folder + "-checkpoints", EventLogPeriod = TimeSpan.FromMilliseconds(1) };
        using var backend = new RocksDBStateBackend(options, NullLogger.Instance);
        var family = backend.ColumnFamily("user_state");
        family.Put("key"u8, "value"u8);
        foreach (var row in family.Scan()) Assert.Equal(5, row.Value.Length);
        using var keyed = backend.CreateKeyedStateBackend<string>();
        keyed.SetCurrentKey("key");
        keyed.GetMapState(StateDescriptors.Map<string, (int, int)>("map")).Put("key", (1, 2));
        keyed.GetValueState(StateDescriptors.Value<int>("value")).Update(1);
        keyed.CreateTimerService("timers", new Ignoring()).RegisterEventTimeTimer("key", new TimeWindow(0, 1), 0);
        using var pool = new CreditPool(new CreditPoolOptions { Capacity = 2 });
        pool.Attach(backend);
        using (var channel = pool.OpenChannel("channel", 1)) channel.AcquireAsync(1, TimeSpan.FromSeconds(1), CancellationToken.None).GetAwaiter().GetResult().Dispose();
        backend.CreateCheckpointAsync(1).GetAwaiter().GetResult();
        Assert.False(backend.GetStatistics().IsStale);
    }

    private static void AssertUnloaded(WeakReference copy)
    {
        for (var collection = 0; copy.IsAlive && collection < Collections; collection++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(copy.IsAlive, "Something refers to the unloaded copy.");
    }

    private sealed class Ignoring : ITimerHandler<string, TimeWindow>
    {
        public void OnEventTime(string key, TimeWindow window, long timestamp)
        {
        }

        public void OnProcessingTime(string key, TimeWindow window, long timestamp)
        {
        }
    }
}
