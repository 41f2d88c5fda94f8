using System.Diagnostics.Metrics;
using System.Numerics;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// One set of instruments that report for each live subject, backend or credit pool. Instruments for each subject would not do:
/// OpenTelemetry takes those of the same name for one, and ends it for all when the first of them is disposed.
/// </summary>
internal abstract class SubjectMeter<TFigures>(Meter meter)
    where TFigures : class
{
    private readonly object _lock = new();
    private readonly List<WeakReference<MeteredSubject<TFigures>>> _subjects = [];
    private int _instruments;

    /// <summary>Ends the reports of a subject.</summary>
    public void Remove(MeteredSubject<TFigures> subject)
    {
        lock (_lock) _subjects.RemoveAll(known => !known.TryGetTarget(out var target) || target == subject);
    }

    /// <summary>Begins to report a subject.</summary>
    /// <returns>What the subject keeps: the meter forgets it with a subject that nobody disposes.</returns>
    protected MeteredSubject<TFigures> Add(string name, KeyValuePair<string, object?>[] tags, Func<TFigures?> read, TimeProvider? clock)
    {
        var subject = new MeteredSubject<TFigures>(name, tags, read, _instruments, clock ?? TimeProvider.System);
        lock (_lock)
        {
            _subjects.RemoveAll(static known => !known.TryGetTarget(out _));
            _subjects.Add(new WeakReference<MeteredSubject<TFigures>>(subject));
        }

        return subject;
    }

    /// <summary>Creates an instrument for what only grows.</summary>
    protected void Counter<T>(string name, string unit, string description, Func<TFigures, T?> figure)
        where T : struct, INumber<T>
    {
        var number = _instruments++;
        Publish(() => meter.CreateObservableCounter(name, () => Observe(number, figure, static (one, other) => one + other), unit, description));
    }

    /// <summary>Creates an instrument for what adds up over subjects.</summary>
    protected void UpDownCounter<T>(string name, string unit, string description, Func<TFigures, T?> figure)
        where T : struct, INumber<T>
    {
        var number = _instruments++;
        Publish(() => meter.CreateObservableUpDownCounter(name, () => Observe(number, figure, static (one, other) => one + other), unit, description));
    }

    /// <summary>Creates an instrument for what does not add up.</summary>
    protected void Gauge<T>(string name, string unit, string description, Func<TFigures, T?> figure)
        where T : struct, INumber<T>
    {
        var number = _instruments++;
        Publish(() => meter.CreateObservableGauge(name, () => Observe(number, figure, T.Max), unit, description));
    }

    /// <summary>Lets an instrument make itself known to listeners, whose exceptions would keep the first backend from opening.</summary>
    private static void Publish(Func<Instrument> create)
    {
        try
        {
            _ = create();
        }
#pragma warning disable CA1031 // Whatever a listener throws: the instrument is there, and other listeners find it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    /// <summary>The measurements of one instrument. Subjects of the same name are one: of equal attributes, exporters keep one measurement.</summary>
    private IEnumerable<Measurement<T>> Observe<T>(int instrument, Func<TFigures, T?> figure, Func<T, T, T> merge)
        where T : struct
    {
        var values = new Dictionary<string, (T Value, KeyValuePair<string, object?>[] Tags)>(StringComparer.Ordinal);
        foreach (var subject in Subjects())
        {
            if (subject.FiguresFor(instrument) is not { } figures || figure(figures) is not { } value) continue;
            values[subject.Name] = (values.TryGetValue(subject.Name, out var other) ? merge(other.Value, value) : value, subject.Tags);
        }

        return values.Values.Select(static entry => new Measurement<T>(entry.Value, entry.Tags));
    }

    private List<MeteredSubject<TFigures>> Subjects()
    {
        var subjects = new List<MeteredSubject<TFigures>>();
        lock (_lock)
        {
            foreach (var known in _subjects)
            {
                if (known.TryGetTarget(out var subject)) subjects.Add(subject);
            }
        }

        return subjects;
    }
}
