using System.Globalization;
using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Timers;

/// <summary>How much is read while timers fire, counted by the engine: as much as lies there, however many pages and callbacks it takes.</summary>
public sealed class TimerReadingTests : BackendTest
{
    private const int Timers = 30_000;
    private const int KeyGroupCount = 128;

    private static readonly TimeWindow Window = new(0, 10);

    private readonly RecordingTimerHandler<long> _handler = new();

    [Fact]
    public void Timers_OfManyKeyGroups_AreSoughtOncePerKeyGroup() => AssertSeldomRead(Timers / 2);

    [Fact]
    public void Timers_WhoseHandlerChangesDueTimers_AreSoughtOncePerKeyGroup()
    {
        var changed = false;
        AssertSeldomRead(1000, timers => _handler.Reaction = (key, window, timestamp) =>
        {
            // Every change of a timer that is due gives up the page that is firing.
            timers.RegisterEventTimeTimer(key, window, 1000);
            timers.DeleteEventTimeTimer(key, window, 1000);
            changed = true;
        });
        Assert.True(changed);
    }

    private static long Seeks(RocksDBStateBackend backend)
    {
        const string Ticker = "rocksdb.number.db.seek COUNT : ";
        var line = backend.Property("rocksdb.options-statistics")!.Split('\n').Single(line => line.StartsWith(Ticker, StringComparison.Ordinal));
        return long.Parse(line[Ticker.Length..], CultureInfo.InvariantCulture);
    }

    private void AssertSeldomRead(int upTo, Action<RocksDBTimerService<long, TimeWindow>>? prepare = null)
    {
        using (var backend = Open())
        using (var keyed = backend.CreateKeyedStateBackend<long>(new KeyedStateBackendOptions { MaxParallelism = KeyGroupCount }))
        {
            var timers = keyed.CreateTimerService("timers", _handler);
            for (var number = 0; number < Timers; number++) timers.RegisterEventTimeTimer(number, Window, number);
        }

        using (var backend = Open())
        using (var keyed = backend.CreateKeyedStateBackend<long>(new KeyedStateBackendOptions { MaxParallelism = KeyGroupCount }))
        {
            var timers = keyed.CreateTimerService("timers", _handler);
            prepare?.Invoke(timers);
            var before = Seeks(backend);
            timers.AdvanceGlobalWatermark(upTo);
            Assert.Equal(upTo + 1, _handler.Fired.Count(timer => timer.Key == timer.Timestamp));
            Assert.InRange(Seeks(backend) - before, 1, 2 * KeyGroupCount);
        }
    }
}
