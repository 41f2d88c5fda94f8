using System.Diagnostics.Metrics;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The instruments of backends.</summary>
internal sealed partial class BackendMeter : SubjectMeter<Figures>
{
    /// <summary>Initializes a new instance of the <see cref="BackendMeter"/> class.</summary>
    public BackendMeter(Meter meter)
        : base(meter) => CreateInstruments();

    /// <summary>Gets that of the process, made when the first backend opens.</summary>
    public static BackendMeter Shared { get; } = new(RocksDBTelemetry.Meter);

    /// <summary>Begins to report a backend.</summary>
    public MeteredSubject<Figures> Add(string dataDirectory, Func<Figures?> read, TimeProvider? clock = null) =>
        Add(dataDirectory, RocksDBTelemetry.TagsOf(dataDirectory), read, clock);
}
