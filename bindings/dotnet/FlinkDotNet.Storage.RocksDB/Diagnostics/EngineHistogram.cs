using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// One of RocksDB's histograms since the backend opened, in the unit that its name states: mostly microseconds or bytes. Percentiles are
/// within RocksDB's buckets, which grow by half. All is 0 while nothing was recorded.
/// </summary>
/// <param name="Count">The values recorded.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="Average">Their mean.</param>
/// <param name="StandardDeviation">How far they are from it.</param>
/// <param name="Min">The smallest.</param>
/// <param name="P50">The median.</param>
/// <param name="P95">The value that 95 of 100 do not exceed.</param>
/// <param name="P99">The value that 99 of 100 do not exceed.</param>
/// <param name="Max">The largest.</param>
public sealed record EngineHistogram(
    ulong Count, ulong Sum, double Average, double StandardDeviation, double Min, double P50, double P95, double P99, double Max)
{
    /// <summary>The histogram as the library read it.</summary>
    internal static EngineHistogram From(in fsb_histogram native) => new(
        native.count, native.sum, native.average, native.standard_deviation, native.min, native.p50, native.p95, native.p99, native.max);
}
