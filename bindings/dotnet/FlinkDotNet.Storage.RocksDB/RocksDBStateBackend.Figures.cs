using System.Text.Json;
using FlinkDotNet.Storage.RocksDB.Interop;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>Back pressure, and RocksDB's own tickers and histograms.</content>
public partial class RocksDBStateBackend
{
    /// <summary>Gets where the backend logs.</summary>
    internal ILogger Logger => _logger;

    /// <summary>Gets the native object.</summary>
    internal BackendHandle Handle => _handle;

    /// <summary>
    /// Reads how near the backend is to holding its writers up, now. Cheap enough for a hundred readings a second; a
    /// <see cref="BackPressureMonitor"/> takes them.
    /// </summary>
    /// <returns>The pressure.</returns>
    public BackPressure GetBackPressure() => BackPressure.From(_handle.Pressure());

    /// <summary>Reads one of RocksDB's tickers, counted since the backend opened.</summary>
    /// <param name="name">RocksDB's name for it, such as <c>rocksdb.block.cache.miss</c>; <see cref="ListTickers"/> has them all.</param>
    /// <returns>The count.</returns>
    /// <exception cref="ArgumentException">
    /// There is no ticker of that name, or the backend was opened without <see cref="RocksDBOptions.EnableStatistics"/>.
    /// </exception>
    public ulong GetTicker(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _handle.Ticker(name);
    }

    /// <summary>Reads one of RocksDB's histograms, recorded since the backend opened.</summary>
    /// <param name="name">RocksDB's name for it, such as <c>rocksdb.db.get.micros</c>; <see cref="ListHistograms"/> has them all.</param>
    /// <returns>The histogram.</returns>
    /// <exception cref="ArgumentException">
    /// There is no histogram of that name, or the backend was opened without <see cref="RocksDBOptions.EnableStatistics"/>.
    /// </exception>
    public EngineHistogram GetHistogram(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return EngineHistogram.From(_handle.Histogram(name));
    }

    /// <summary>Lists RocksDB's tickers.</summary>
    /// <returns>Their names.</returns>
    public IReadOnlyList<string> ListTickers() => StatisticNames("tickers");

    /// <summary>Lists RocksDB's histograms.</summary>
    /// <returns>Their names.</returns>
    public IReadOnlyList<string> ListHistograms() => StatisticNames("histograms");

    private string[] StatisticNames(string kind)
    {
        using var names = JsonDocument.Parse(_handle.StatisticsJson());
        return names.RootElement.GetProperty(kind).EnumerateArray().Select(name => name.GetString()!).ToArray();
    }
}
