namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A backend or a credit pool as its meter sees it. Instruments are asked one by one; all those of a collection share one reading. A
/// collection has no mark of its own, so an instrument that asks for the second time begins a new one, and a reading older than a second
/// serves nobody, as when listeners ask for different instruments.
/// </summary>
/// <param name="name">What tells it from others.</param>
/// <param name="tags">Attributes of its measurements.</param>
/// <param name="read">Takes a reading; null when the subject does not answer.</param>
/// <param name="instruments">Number of instruments.</param>
/// <param name="clock">Tells how old a reading is.</param>
internal sealed class MeteredSubject<TFigures>(
    string name, KeyValuePair<string, object?>[] tags, Func<TFigures?> read, int instruments, TimeProvider clock)
    where TFigures : class
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly object _lock = new();
    private readonly int[] _served = new int[instruments];
    private int _reading;
    private long _readAt;
    private TFigures? _figures;

    /// <summary>Gets what tells it from others.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the attributes of its measurements.</summary>
    public KeyValuePair<string, object?>[] Tags { get; } = tags;

    /// <summary>The reading for one instrument; null when there is none.</summary>
    public TFigures? FiguresFor(int instrument)
    {
        lock (_lock)
        {
            if (_served[instrument] == _reading || clock.GetElapsedTime(_readAt) > MaxAge)
            {
                _figures = read();
                _readAt = clock.GetTimestamp();
                _reading++;
            }

            _served[instrument] = _reading;
            return _figures;
        }
    }
}
