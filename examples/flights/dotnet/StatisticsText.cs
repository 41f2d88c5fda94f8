using FlinkDotNet.Storage.RocksDB;

namespace Flights;

/// <summary>The backend's statistics as lines for people; a value that was not measured says so.</summary>
internal sealed class StatisticsText(RocksDBStatistics statistics)
{
    public static IEnumerable<string> Describe(RocksDBStatistics statistics)
    {
        var text = new StatisticsText(statistics);
        return [.. text.Space(), .. text.Calls(), .. text.Keyed(), .. text.Engine()];
    }

    private static string Line(string label, string text) => $"{label,-13} {text}";

    private IEnumerable<string> Space() =>
    [
        Line("memory", Bytes(statistics.MemoryUsage, nameof(statistics.MemoryUsage))),
        Line("block cache",
            $"{Bytes(statistics.BlockCacheUsageBytes, nameof(statistics.BlockCacheUsageBytes))} " +
            $"of {Figures.Bytes(statistics.BlockCacheCapacityBytes)}"),
        Line("memtables",
            $"{Figures.Bytes(statistics.MemtableBytes)}, full and waiting: {Figures.Count(statistics.ImmutableMemtableCount)}; " +
            $"table readers {Figures.Bytes(statistics.TableReaderBytes)}"),
        Line("disk",
            $"{Bytes(statistics.DiskUsage, nameof(statistics.DiskUsage))}: SST files {Figures.Bytes(statistics.SstBytes)}, " +
            $"blobs {Figures.Bytes(statistics.BlobBytes)}, WAL {Figures.Bytes(statistics.WalBytes)}"),
    ];

    private IEnumerable<string> Calls() =>
    [
        Line("rows", $"{Figures.Count(statistics.RowsRead)} read, {Figures.Count(statistics.RowsWritten)} written"),
        Line("rates",
            $"{Figures.Rate(Measured(statistics.ReadsPerSecond, nameof(statistics.ReadsPerSecond)))} read, " +
            $"{Figures.Rate(Measured(statistics.WritesPerSecond, nameof(statistics.WritesPerSecond)))} written"),
        Line("read calls", Latencies(
            Measured(statistics.AverageReadLatencyMs, nameof(statistics.AverageReadLatencyMs)),
            statistics.P50ReadLatencyMs, statistics.P99ReadLatencyMs, statistics.MaxReadLatencyMs)),
        Line("write calls", Latencies(
            Measured(statistics.AverageWriteLatencyMs, nameof(statistics.AverageWriteLatencyMs)),
            statistics.P50WriteLatencyMs, statistics.P99WriteLatencyMs, statistics.MaxWriteLatencyMs)),
    ];

    private IEnumerable<string> Keyed() =>
    [
        Line("row cache",
            $"{Figures.Bytes(statistics.RowCacheBytes)} of {Figures.Bytes(statistics.RowCacheCapacityBytes)}, answered " +
            $"{Figures.Percent(100 * statistics.RowCacheHitRatio ?? double.NaN)} of " +
            $"{Figures.Count(statistics.RowCacheHits + statistics.RowCacheMisses)} reads"),
        Line("expired",
            $"{Figures.Count(statistics.TtlDroppedRows)} rows dropped by compactions, {Figures.Bytes(statistics.TtlDroppedBytes)}"),
    ];

    private IEnumerable<string> Engine() =>
    [
        Line("running",
            $"flushes: {Figures.Count(statistics.RunningFlushes)}; compactions: {Figures.Count(statistics.RunningCompactions)}, " +
            $"with {Bytes(statistics.PendingCompactionBytes, nameof(statistics.PendingCompactionBytes))} to go"),
        Line("level 0", $"files: {Figures.Count(statistics.Level0FileCount)}; write stall: {Stall()}"),
        Line("processor", $"{Figures.Percent(Measured(statistics.CpuUsagePercent, nameof(statistics.CpuUsagePercent)))} of all cores"),
    ];

    private string Stall() => statistics.WriteStopped switch
    {
        null => Figures.NotMeasured,
        true => "writes stopped",
        false => statistics.DelayedWriteRateBytesPerSecond == 0 ? "none" : "writes delayed",
    };

    private static string Latencies(double mean, double? p50, double? p99, double? largest) =>
        $"mean {Figures.Latency(mean)}, p50 {Figures.Latency(p50 ?? double.NaN)}, p99 {Figures.Latency(p99 ?? double.NaN)}, " +
        $"largest {Figures.Latency(largest ?? double.NaN)}";

    /// <summary>The value, or NaN when the backend says that it could not measure the member.</summary>
    private double Measured(double value, string member) => statistics.NotMeasured.Contains(member) ? double.NaN : value;

    private string Bytes(long value, string member) => Figures.Bytes(statistics.NotMeasured.Contains(member) ? null : value);
}
