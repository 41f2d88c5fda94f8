namespace FlinkDotNet.Storage.RocksDB;

/// <summary>One reading of a backend for the meter.</summary>
/// <param name="Statistics">The statistics, never stale ones.</param>
/// <param name="Pressure">The pressure; null when the backend closed in between.</param>
internal sealed record Figures(RocksDBStatistics Statistics, BackPressure? Pressure)
{
    /// <summary>A figure of FLINK.NET's, or null when it was not measured.</summary>
    public T? Measured<T>(T figure, string name)
        where T : struct => Statistics.NotMeasured.Contains(name, StringComparer.Ordinal) ? null : figure;
}
