using System.Diagnostics.Metrics;

namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>Listens to the meter of the backends.</summary>
internal sealed class MeterCollector : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<Sample> _samples = [];

    public MeterCollector(Predicate<Instrument>? chosen = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != RocksDBTelemetry.MeterName || chosen?.Invoke(instrument) == false) return;
            Instruments.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    /// <summary>What a collection has of one subject: a backend by its folder, or a credit pool by its name.</summary>
    public Dictionary<string, double> Collect(string subject) => Collect()
        .Where(sample => sample.Tags.Values.Contains(subject))
        .ToDictionary(sample => sample.Instrument, sample => sample.Value, StringComparer.Ordinal);

    public IReadOnlyList<Sample> Collect()
    {
        _samples.Clear();
        _listener.RecordObservableInstruments();
        return _samples.ToArray();
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _samples.Add(new Sample(instrument.Name, value, new Dictionary<string, object?>(tags.ToArray(), StringComparer.Ordinal)));

    internal sealed record Sample(string Instrument, double Value, IReadOnlyDictionary<string, object?> Tags);
}
