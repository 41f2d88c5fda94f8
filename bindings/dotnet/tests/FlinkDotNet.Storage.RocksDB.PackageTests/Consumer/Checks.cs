using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB;
using Microsoft.Extensions.Logging.Abstractions;

/// <summary>Goes once through every part of the API, and throws where an answer is wrong. The rows of a failed step stay in "checks".</summary>
internal static class Checks
{
    public static async Task Run()
    {
        // Ahead of time nobody else can compose it.
        StateSerializers.Register(StateSerializers.Tuple<int, string>());
        var options = new RocksDBOptions { DataDirectory = Path.GetFullPath("checks"), CheckpointDirectory = Path.GetFullPath("checkpoints") };
        await using (var backend = new RocksDBStateBackend(options, NullLogger.Instance))
        {
            Rows(backend);
            KeyedState(backend);
            Equal(1L, (await backend.CreateCheckpointAsync(1, null, CancellationToken.None)).CheckpointId);
            Equal(false, backend.GetStatistics().IsStale);
            Equal(true, backend.GetBackPressure().Effective >= 0);
            await Credits(backend);
        }

        await using var restored = await RocksDBStateBackend.RestoreAsync(options, NullLogger.Instance, new CheckpointRestore());
        Equal(1L, restored.RestoredCheckpointId);
        Equal("B", System.Text.Encoding.UTF8.GetString(restored.ColumnFamily("user_state").Get("b"u8)!));
        Registration();
        Console.WriteLine($"checked on .NET {Environment.Version.Major}, beside the program: {Beside()}");
    }

    private static void Rows(RocksDBStateBackend backend)
    {
        var family = backend.ColumnFamily("user_state");
        using var batch = new WriteBatch();
        batch.Put(family, "a"u8, "A"u8);
        batch.Put(family, "b"u8, "B"u8);
        backend.Write(batch);
        using var keys = new MultiGet();
        keys.Add("a"u8);
        keys.Add("z"u8);
        family.MultiGet(keys);
        Equal((true, false), (keys.TryGetValue(0, out _), keys.TryGetValue(1, out _)));
        var rows = 0;
        foreach (var row in family.Scan()) rows += row.Value.Length;
        Equal(2, rows);
        using var snapshot = backend.CreateSnapshot();
        Equal(true, family.Contains("a"u8, snapshot));
    }

    private static void KeyedState(RocksDBStateBackend backend)
    {
        using var keyed = backend.CreateKeyedStateBackend<Guid>();
        keyed.SetCurrentKey(Guid.Empty);
        var value = keyed.GetValueState(StateDescriptors.Value<decimal>("value"));
        value.Update(1.5m);
        var list = keyed.GetListState(StateDescriptors.List<(int, string)>("list"));
        list.Add((1, "one"));
        var map = keyed.GetMapState(StateDescriptors.Map<string, DateTime>("map"));
        map.Put("day", DateTime.UnixEpoch);
        var average = keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfInt64("average"));
        average.Add(1);
        average.Add(2);
        Equal((1.5m, 1, DateTime.UnixEpoch, 1.5), (value.Value(), list.Get().Count(), map.Get("day"), average.Get()));
        var fired = new Fired();
        var timers = keyed.CreateTimerService("timers", fired);
        timers.RegisterEventTimeTimer(Guid.Empty, new TimeWindow(0, 10), 9);
        timers.AdvanceGlobalWatermark(10);
        Equal(9L, fired.Timestamp);
    }

    private static async Task Credits(RocksDBStateBackend backend)
    {
        using var pool = new CreditPool(new CreditPoolOptions { Capacity = 10 });
        pool.Attach(backend);
        using var channel = pool.OpenChannel("source", 1);
        using var credits = await channel.AcquireAsync(1, TimeSpan.FromSeconds(5), CancellationToken.None);
        Equal(true, credits.IsGranted);
    }

    private static void Registration()
    {
#if NET10_0_OR_GREATER
        using var services = Microsoft.Extensions.DependencyInjection.ServiceCollectionContainerBuilderExtensions.BuildServiceProvider(
            new Microsoft.Extensions.DependencyInjection.ServiceCollection().AddRocksDBStateBackend(options => options.DataDirectory = "registered"));
        var backend = (RocksDBStateBackend)services.GetService(typeof(RocksDBStateBackend))!;
        backend.ColumnFamily("default").Put("a"u8, "A"u8);
#endif
    }

    private static string Beside() =>
        string.Join(' ', Directory.EnumerateFiles(AppContext.BaseDirectory, "*flink_state_backend*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(AppContext.BaseDirectory, file)).DefaultIfEmpty("nothing"));

    private static void Equal<T>(T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual)) throw new InvalidOperationException($"Expected {expected}, was {actual}.");
    }

    private sealed class Fired : ITimerHandler<Guid, TimeWindow>
    {
        public long Timestamp { get; private set; }

        public void OnEventTime(Guid key, TimeWindow window, long timestamp) => Timestamp = timestamp;

        public void OnProcessingTime(Guid key, TimeWindow window, long timestamp)
        {
        }
    }
}
