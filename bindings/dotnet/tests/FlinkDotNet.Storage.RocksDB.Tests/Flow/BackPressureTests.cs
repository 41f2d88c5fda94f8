using FlinkDotNet.Storage.RocksDB.Interop;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Flow;

public sealed class BackPressureTests : BackendTest
{
    [Fact]
    public void GetBackPressure_OfACalmBackend_IsLow()
    {
        using var backend = Open();
        var pressure = backend.GetBackPressure();
        Assert.Equal(BackPressureDescription.Low, pressure.Description);
        Assert.Equal(BackPressureWarnings.None, pressure.Warnings);
        Assert.Equal(TimeSpan.Zero, pressure.ThrottleDelay);
        Assert.Null(pressure.MeanFlushTime);
        Assert.False(pressure.IsWriteStopped || pressure.IsWriteDelayed);
        Assert.InRange(pressure.Level, 0, 0.3);
        Assert.Equal((pressure.MemoryShare + pressure.WriteLatencyShare + pressure.CompactionShare) / 3, pressure.Level, 9);
    }

    [Fact]
    public void GetBackPressure_AfterDispose_Throws()
    {
        var backend = Open();
        backend.Dispose();
        Assert.Throws<ObjectDisposedException>(backend.GetBackPressure);
    }

    [Fact]
    public void GetBackPressure_OverItsReferences_Warns()
    {
        var options = Options();
        options.PressureMemoryReference = 1;
        using var backend = Open(options);
        backend.ColumnFamily("user_state").Put("key"u8, "value"u8);
        var pressure = backend.GetBackPressure();
        Assert.Equal(1, pressure.MemoryShare);
        Assert.True(pressure.Warnings.HasFlag(BackPressureWarnings.MuchMemory));
    }

    [Fact]
    public void References_OutOfRange_AreRefusedByName()
    {
        var options = Options();
        options.PressureWriteLatencyReference = TimeSpan.Zero;
        Assert.Contains("pressure_write_latency_reference_millis", OpenFailure<ArgumentException>(options).Message, StringComparison.Ordinal);
        options = Options();
        options.PressureMemoryReference = 0;
        Assert.Contains("pressure_memory_reference_bytes", OpenFailure<ArgumentException>(options).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pressure_OfTheLibrary_KeepsAllItsFields()
    {
        var native = new fsb_pressure
        {
            description = 3,
            level = 0.1,
            effective = 0.2,
            memory_share = 0.3,
            write_latency_share = 0.4,
            compaction_share = 0.5,
            immutable_memtable_share = 0.6,
            level0_share = 0.7,
            pending_compaction_share = 0.8,
            queue_wait_share = 0.9,
            throttle_delay_ms = 20,
            mean_flush_ms = 1.5,
            warnings = 31,
            write_stopped = 1,
            write_delayed = 1,
        };
        var expected = new BackPressure
        {
            Description = BackPressureDescription.Critical,
            Level = 0.1,
            Effective = 0.2,
            MemoryShare = 0.3,
            WriteLatencyShare = 0.4,
            CompactionShare = 0.5,
            ImmutableMemtableShare = 0.6,
            Level0Share = 0.7,
            PendingCompactionShare = 0.8,
            QueueWaitShare = 0.9,
            ThrottleDelay = TimeSpan.FromMilliseconds(20),
            MeanFlushTime = TimeSpan.FromMilliseconds(1.5),
            Warnings = BackPressureWarnings.ElevatedPressure | BackPressureWarnings.HighPressure | BackPressureWarnings.SlowWrites
                | BackPressureWarnings.MuchMemory | BackPressureWarnings.MuchCompaction,
            IsWriteStopped = true,
            IsWriteDelayed = true,
        };
        Assert.Equal(expected, BackPressure.From(native));
    }

    [Theory]
    [InlineData(0, double.NaN, 0, 0)]
    [InlineData(256L << 20, 25, 1L << 40, 1.75 / 3)]
    [InlineData(long.MaxValue, double.PositiveInfinity, long.MaxValue, 1)]
    public void Level_OfStatistics_IsTheDocumentedOne(long memory, double latency, long pending, double level)
    {
        var statistics = new RocksDBStatistics { MemoryUsage = memory, AverageWriteLatencyMs = latency, PendingCompactionBytes = pending };
        Assert.Equal(level, BackPressure.CalculateBackPressureLevel(statistics), 9);
    }

    [Theory]
    [InlineData(0.8, 0)]
    [InlineData(0.9, 10)]
    [InlineData(1, 20)]
    [InlineData(9, 50)]
    [InlineData(double.NaN, 0)]
    public void Pause_OfALevel_IsTheDocumentedOne(double level, double millis) =>
        Assert.Equal(millis, BackPressure.ThrottleDelayOf(level).TotalMilliseconds, 3);

    [Fact]
    public void TickersAndHistograms_ByName_CountTheWork()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        for (var number = 0; number < 30; number++) family.Put(BitConverter.GetBytes(number), new byte[10]);
        for (var number = 0; number < 20; number++) _ = family.Get(BitConverter.GetBytes(number));
        Assert.Equal(30UL, backend.GetTicker("rocksdb.number.keys.written"));
        var gets = backend.GetHistogram("rocksdb.db.get.micros");
        Assert.Equal(20UL, gets.Count);
        Assert.Equal(gets.Sum / 20.0, gets.Average, 6);
        Assert.True(gets.Min <= gets.P50 && gets.P50 <= gets.P95 && gets.P95 <= gets.P99);
        Assert.Contains("rocksdb.stall.micros", backend.ListTickers());
        Assert.Contains("rocksdb.db.get.micros", backend.ListHistograms());
        Assert.Contains("'none'", Assert.ThrowsAny<ArgumentException>(() => backend.GetTicker("none")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tickers_WithoutTheOption_NameIt()
    {
        var options = Options();
        options.EnableStatistics = false;
        using var backend = Open(options);
        Assert.Contains(
            "'enable_statistics'",
            Assert.ThrowsAny<ArgumentException>(() => backend.GetTicker("rocksdb.stall.micros")).Message,
            StringComparison.Ordinal);
        Assert.ThrowsAny<ArgumentException>(() => backend.GetHistogram("rocksdb.db.get.micros"));
    }
}
