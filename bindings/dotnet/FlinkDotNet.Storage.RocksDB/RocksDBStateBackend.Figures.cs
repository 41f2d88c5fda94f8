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

    /// <summary>
    /// Has the library write statistics and pressure into the file <c>FSB_FIGURES</c> of the data folder, now and from then on after every
    /// interval, for dashboards of other processes such as <c>make top</c>. One JSON object, replaced as a whole; it goes when the backend
    /// is disposed. No managed code runs for it.
    /// </summary>
    /// <param name="interval">
    /// From 100 milliseconds to an hour, in whole milliseconds; another call changes it. <see cref="TimeSpan.Zero"/> ends the writing and
    /// removes the file.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is out of range.</exception>
    /// <exception cref="StateBackendException">The file cannot be written; nothing more will be tried.</exception>
    public void PublishFigures(TimeSpan interval)
    {
        if (interval != TimeSpan.Zero)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.FromMilliseconds(100));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(interval, TimeSpan.FromHours(1));
        }

        _handle.PublishFigures((ulong)interval.TotalMilliseconds);
    }

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

    /// <summary>One reading for the meter; null when the backend does not answer, because old figures are not reported.</summary>
    private Figures? ReadFigures()
    {
        if (TryReadStatistics() is not { } statistics) return null;
        try
        {
            return new Figures(statistics, GetBackPressure());
        }
        catch (Exception exception) when (exception is StateBackendException or ObjectDisposedException)
        {
            Log.PressureUnavailable(_logger, exception);
            return new Figures(statistics, Pressure: null);
        }
    }

    private string[] StatisticNames(string kind)
    {
        using var names = JsonDocument.Parse(_handle.StatisticsJson());
        return names.RootElement.GetProperty(kind).EnumerateArray().Select(name => name.GetString()!).ToArray();
    }
}
