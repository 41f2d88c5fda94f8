using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Diagnostics;

public sealed class MeterTests : BackendTest
{
    private const string Prefix = "flink.state_backend.";

    [Fact]
    public void Collection_OfWork_IsWhatTheStatisticsSay()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        for (var number = 0; number < 500; number++) family.Put(BitConverter.GetBytes(number), new byte[100]);
        for (var number = 0; number < 200; number++) _ = family.Get(BitConverter.GetBytes(number));
        backend.Flush();
        using var collector = new MeterCollector();
        var reported = collector.Collect(DataDirectory);
        var statistics = backend.GetStatistics();
        Assert.Equal(500, reported[Prefix + "rows.written"]);
        Assert.Equal(200, reported[Prefix + "rows.read"]);
        Assert.Equal(statistics.SstBytes, (long)reported[Prefix + "disk.sst"]);
        Assert.Equal(statistics.DiskUsage, (long)reported[Prefix + "disk.usage"]);
        Assert.Equal(256 << 20, reported[Prefix + "block_cache.limit"]);
        Assert.Equal(1, reported[Prefix + "flush.completed"]);
        Assert.Equal(0, reported[Prefix + "write.stopped"]);
        Assert.Equal(backend.GetBackPressure().Level, reported[Prefix + "pressure.level"], 4);
        Assert.InRange(reported[Prefix + "write.duration.mean"], 1e-9, 1);
    }

    [Fact]
    public void Measurements_CarryTheConventionalAttributes()
    {
        using var backend = Open();
        using var collector = new MeterCollector();
        Assert.All(
            collector.Collect(),
            sample => Assert.Equal(
                [new("db.namespace", DataDirectory), new("db.system.name", "rocksdb")],
                sample.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal)));
    }

    [Fact]
    public void Figures_OfEveryKind_ReachTheirInstrumentInItsUnit()
    {
        var metered = BackendMeter.Shared.Add("made up", () => new Figures(MadeUp.Statistics(), MadeUp.Pressure()));
        using var collector = new MeterCollector();
        var reported = collector.Collect("made up");
        BackendMeter.Shared.Remove(metered);
        MadeUp.AssertReported(MadeUp.Expected, reported);
    }

    [Fact]
    public void Figures_NotMeasured_AreNotReported()
    {
        var nothing = new RocksDBStatistics { NotMeasured = MadeUp.FlinkNetFigures };
        var metered = BackendMeter.Shared.Add("made up", () => new Figures(nothing, Pressure: null));
        using var collector = new MeterCollector();
        Assert.Empty(collector.Collect("made up"));
        BackendMeter.Shared.Remove(metered);
    }

    [Fact]
    public void Figures_NotMeasuredInALiveBackend_AreNotReported()
    {
        using var backend = Open();
        using var collector = new MeterCollector();
        var reported = collector.Collect(DataDirectory);
        Assert.DoesNotContain(Prefix + "read.duration.mean", reported);
        Assert.DoesNotContain(Prefix + "flush.duration.mean", reported);
        Assert.Contains(Prefix + "memory.usage", reported);
    }

    [Fact]
    public void Units_AreUcum()
    {
        using var backend = Open();
        using var pool = new CreditPool(new CreditPoolOptions { Capacity = 10 });
        using var collector = new MeterCollector();
        Assert.Equal(MadeUp.Expected.Count + MadeUp.ExpectedCredits.Count, collector.Instruments.Count);
        Assert.All(collector.Instruments, instrument => Assert.Matches(@"^(By|By/s|s|1|\{[a-z0-9_]+\})$", instrument.Unit));
        Assert.All(collector.Instruments, instrument => Assert.Matches(@"^flink\.state_backend(\.[a-z][a-z0-9_]*){2,3}$", instrument.Name));
        Assert.All(collector.Instruments, instrument => Assert.EndsWith(".", instrument.Description, StringComparison.Ordinal));
        Assert.All(collector.Instruments, instrument => Assert.True(instrument.IsObservable));
    }

    [Fact]
    public void Backends_OfOneProcess_ShareInstruments_AndGoOneByOne()
    {
        using var collector = new MeterCollector();
        using var backend = Open();
        using var other = Open(new RocksDBOptions { DataDirectory = Folder.At("other") });
        Assert.Equal(collector.Instruments.Count, collector.Instruments.DistinctBy(instrument => instrument.Name).Count());
        Assert.NotEmpty(collector.Collect(DataDirectory));
        Assert.NotEmpty(collector.Collect(other.DataDirectory));
        backend.Dispose();
        Assert.Empty(collector.Collect(DataDirectory));
        Assert.NotEmpty(collector.Collect(other.DataDirectory));
        other.Dispose();
        Assert.Empty(collector.Collect());
    }

    [Fact]
    public void Backend_ThatNobodyDisposes_IsForgotten()
    {
        var readings = new int[1];
        Forget(readings);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var collector = new MeterCollector();
        Assert.Empty(collector.Collect("forgotten"));
        Assert.Equal(0, readings[0]);
    }

    [Fact]
    public void Collection_OfAllInstruments_TakesOneReading()
    {
        var readings = 0;
        var metered = BackendMeter.Shared.Add("made up", () => Counted(ref readings));
        using var collector = new MeterCollector();
        for (var collection = 1; collection <= 3; collection++)
        {
            collector.Collect();
            Assert.Equal(collection, readings);
        }

        BackendMeter.Shared.Remove(metered);
    }

    [Fact]
    public void Reading_OlderThanASecond_ServesNoOtherInstrument()
    {
        var clock = new SteppedClock();
        var readings = 0;
        var metered = BackendMeter.Shared.Add("made up", () => Counted(ref readings), clock);
        using var first = new MeterCollector(instrument => IsNamed(instrument, "rows.read"));
        using var second = new MeterCollector(instrument => IsNamed(instrument, "rows.written"));
        using var third = new MeterCollector(instrument => IsNamed(instrument, "disk.wal"));
        first.Collect();
        clock.Now += TimeSpan.TicksPerSecond;
        second.Collect();
        Assert.Equal(1, readings);
        clock.Now++;
        third.Collect();
        Assert.Equal(2, readings);
        BackendMeter.Shared.Remove(metered);
    }

    private static bool IsNamed(Instrument instrument, string name) => instrument.Name == Prefix + name;

    private static Figures Counted(ref int readings)
    {
        readings++;
        return new Figures(MadeUp.Statistics(), MadeUp.Pressure());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(int[] readings) => BackendMeter.Shared.Add("forgotten", () => Counted(ref readings[0]));

    private sealed class SteppedClock : TimeProvider
    {
        public long Now { get; set; } = TimeSpan.TicksPerDay;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
