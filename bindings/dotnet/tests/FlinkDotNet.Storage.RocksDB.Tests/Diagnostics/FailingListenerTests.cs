using System.Diagnostics;
using System.Diagnostics.Metrics;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Diagnostics;

/// <summary>What a listener throws harms neither the backend nor, where that is up to us, other listeners.</summary>
public sealed class FailingListenerTests : BackendTest
{
    [Fact]
    public void Instruments_ThatAListenerRefuses_AreThereForOthers()
    {
        using var meter = new Meter("refused");
        using var refusing = new MeterListener { InstrumentPublished = (instrument, _) => Throw(instrument.Meter == meter) };
        refusing.Start();
        _ = new BackendMeter(meter);
        _ = new CreditMeter(meter);
        refusing.Dispose();
        var published = 0;
        using var other = new MeterListener { InstrumentPublished = (instrument, _) => published += instrument.Meter == meter ? 1 : 0 };
        other.Start();
        Assert.Equal(MadeUp.Expected.Count + MadeUp.ExpectedCredits.Count, published);
    }

    [Fact]
    public void Measurements_ThatAListenerRefuses_ReachOthers()
    {
        using var backend = Open();
        using var refusing = new MeterListener
        {
            // NOTE: of this meter only. The runtime's own counts exceptions, while they are thrown.
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == RocksDBTelemetry.MeterName) listener.EnableMeasurementEvents(instrument);
            },
        };
        refusing.SetMeasurementEventCallback<long>(static (_, _, _, _) => Throw(condition: true));
        refusing.Start();
        Assert.ThrowsAny<Exception>(refusing.RecordObservableInstruments);
        using var collector = new MeterCollector();
        backend.ColumnFamily("user_state").Put("key"u8, "value"u8);
        Assert.Equal(1, collector.Collect(DataDirectory)["flink.state_backend.rows.written"]);
    }

    [Fact]
    public void Source_ThatAListenerRefuses_IsNone()
    {
        using var listener = Listener(source => Throw(source.Name == "refused"));
        Assert.Null(Tracing.CreateSource("refused"));
        Assert.NotNull(Tracing.CreateSource("other"));
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("start")]
    [InlineData("stop")]
    public void Operations_GoOn_WhenAListenerThrows(string at)
    {
        using var listener = Listener(source => source.Name == RocksDBTelemetry.ActivitySourceName);
        listener.Sample = (ref ActivityCreationOptions<ActivityContext> _) => Throw(at == "sample") ? default : ActivitySamplingResult.AllData;
        listener.ActivityStarted = _ => Throw(at == "start");
        listener.ActivityStopped = _ => Throw(at == "stop");
        using var caller = new Activity("caller").Start();
        using (var backend = Open())
        {
            backend.ColumnFamily("user_state").Put("key"u8, "value"u8);
            backend.Flush();
            backend.ColumnFamily("user_state").Compact();
            Assert.Throws<ArgumentException>(() => backend.ColumnFamily("user_state").Compact("b"u8, "a"u8));
        }

        Assert.Same(caller, Activity.Current);
        Assert.DoesNotContain(Logger.Entries, entry => entry.Exception is not null);
    }

    private static ActivityListener Listener(Predicate<ActivitySource> chosen)
    {
        var listener = new ActivityListener { ShouldListenTo = source => chosen(source) };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static bool Throw(bool condition) => condition ? throw new InvalidOperationException("The exporter is broken.") : false;
}
