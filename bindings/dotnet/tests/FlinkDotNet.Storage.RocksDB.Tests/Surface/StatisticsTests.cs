using FlinkDotNet.Storage.RocksDB.Interop;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Surface;

public sealed class StatisticsTests : BackendTest
{
    [Fact]
    public void GetStatistics_OfWork_CountsExactly()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        for (var number = 0; number < 500; number++) family.Put(BitConverter.GetBytes(number), new byte[100]);
        for (var number = 0; number < 200; number++) _ = family.Get(BitConverter.GetBytes(number));
        backend.Flush();
        var statistics = backend.GetStatistics();
        Assert.False(statistics.IsStale);
        Assert.Equal(500, statistics.RowsWritten);
        Assert.Equal(200, statistics.RowsRead);
        Assert.True(statistics.SstBytes > 0);
        Assert.Equal(statistics.SstBytes + statistics.BlobBytes + statistics.WalBytes, statistics.DiskUsage);
        Assert.True(statistics.MemoryUsage > 0);
        Assert.True(statistics.BlockCacheUsageBytes <= statistics.MemoryUsage);
        Assert.Equal(256 << 20, statistics.BlockCacheCapacityBytes);
        Assert.False(statistics.WriteStopped);
        Assert.True(statistics.Window > TimeSpan.Zero);
        Assert.Equal(1, statistics.CompletedFlushes);
        Assert.Equal(1, statistics.SealedMemtables);
        Assert.True(statistics.MeanFlushMs > 0);
        Assert.Equal(0, statistics.StallCount);
        Assert.Equal(TimeSpan.Zero, statistics.WriteWaitTime);
        Assert.Equal(
            statistics.BlockCacheUsageBytes + statistics.UnchargedMemtableBytes + statistics.TableReaderBytes + statistics.RowCacheBytes
                + statistics.TimerBytes,
            statistics.MemoryUsage);
    }

    [Fact]
    public void Shares_OfASecond_SumToIt()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        RocksDBStatistics statistics;
        do
        {
            family.Put("key"u8, "value"u8);
            statistics = backend.GetStatistics();
        }
        while (statistics.Window < TimeSpan.FromMilliseconds(2));

        Assert.Equal(0, statistics.BackPressuredMsPerSecond);
        Assert.Equal(1000, statistics.BusyMsPerSecond!.Value + statistics.IdleMsPerSecond!.Value, 6);
    }

    [Fact]
    public void GetStatistics_AfterDispose_ServesTheLastOnesAsStale()
    {
        var backend = Open();
        backend.ColumnFamily("user_state").Put("key"u8, "value"u8);
        var last = backend.GetStatistics();
        backend.Dispose();
        var stale = backend.GetStatistics();
        Assert.True(stale.IsStale);
        Assert.False(last.IsStale);
        Assert.Equal(1, stale.RowsWritten);
        Assert.NotSame(stale, backend.GetStatistics());
    }

    [Fact]
    public void GetStatistics_ChangedByTheCaller_ChangesNothingForOthers()
    {
        var backend = Open();
        backend.GetStatistics().MemoryUsage = -1;
        backend.Dispose();
        backend.GetStatistics().MemoryUsage = -1;
        Assert.NotEqual(-1, backend.GetStatistics().MemoryUsage);
    }

    [Fact]
    public void Figures_ThatWereNotMeasured_AreZeroAndNamed()
    {
        var native = new fsb_statistics
        {
            memory_usage_bytes = NativeMethods.FSB_NOT_MEASURED,
            average_write_latency_ms = double.NaN,
            p99_write_latency_ms = double.NaN,
            writes_per_second = 12.6,
            wal_bytes = NativeMethods.FSB_NOT_MEASURED,
            write_stopped = 1,
            stall_micros = 1_500_000,
            write_wait_micros = NativeMethods.FSB_NOT_MEASURED,
            busy_ms_per_second = double.NaN,
        };
        var statistics = StatisticsReading.From(native);
        Assert.Equal([nameof(statistics.MemoryUsage), nameof(statistics.AverageWriteLatencyMs)], statistics.NotMeasured);
        Assert.Equal(0, statistics.MemoryUsage);
        Assert.Equal(0, statistics.AverageWriteLatencyMs);
        Assert.Null(statistics.P99WriteLatencyMs);
        Assert.Null(statistics.WalBytes);
        Assert.Equal(13, statistics.WritesPerSecond);
        Assert.True(statistics.WriteStopped);
        Assert.Equal(TimeSpan.FromSeconds(1.5), statistics.StallTime);
        Assert.Null(statistics.WriteWaitTime);
        Assert.Null(statistics.BusyMsPerSecond);
    }

    [Fact]
    public void Figures_OfNoCallSampled_AreNamed()
    {
        using var backend = Open();
        var statistics = backend.GetStatistics();
        Assert.Contains(nameof(statistics.AverageReadLatencyMs), statistics.NotMeasured);
        Assert.Null(statistics.MaxReadLatencyMs);
    }
}
