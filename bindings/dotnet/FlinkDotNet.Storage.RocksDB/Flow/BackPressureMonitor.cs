using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Reads the back pressure of a backend periodically, tells and logs of thresholds crossed, each crossing once, and lets producers wait until the
/// pressure is low, without a blocked thread. Usable from any thread at once. Subscribers and handlers run on the clock's timer thread, one
/// crossing after the other; what they throw is logged and stops nobody else. Ends with its backend, or when it is disposed.
/// </summary>
public sealed class BackPressureMonitor : IObservable<BackPressureCrossedEventArgs>, IDisposable
{
    private readonly object _lock = new();
    private readonly Func<BackPressure> _read;
    private readonly ILogger _logger;
    private readonly string _dataDirectory;
    private readonly double[] _thresholds;
    private readonly double _hysteresis;
    private readonly bool[] _raised;
    private readonly List<Waiter> _waiters = [];
    private readonly List<IObserver<BackPressureCrossedEventArgs>> _observers = [];
    private readonly ITimer _timer;
    private volatile BackPressure? _latest;
    private int _reading;
    private bool _ended;

    /// <summary>Initializes a new instance of the <see cref="BackPressureMonitor"/> class, which begins to read after one period.</summary>
    /// <param name="backend">The backend, which the monitor does not own.</param>
    /// <param name="options">When to read and what to tell; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public BackPressureMonitor(RocksDBStateBackend backend, BackPressureMonitorOptions? options = null)
        : this(ReaderOf(backend), backend.Logger, backend.DataDirectory, options)
    {
    }

    internal BackPressureMonitor(Func<BackPressure> read, ILogger logger, string dataDirectory, BackPressureMonitorOptions? options)
    {
        options ??= new BackPressureMonitorOptions();
        options.Check();
        _read = read;
        _logger = logger;
        _dataDirectory = dataDirectory;
        _thresholds = options.Thresholds.Order().ToArray();
        _hysteresis = options.Hysteresis;
        _raised = new bool[_thresholds.Length];
        _timer = options.TimeProvider.CreateTimer(static state => ((BackPressureMonitor)state!).Read(), this, options.Period, options.Period);
    }

    /// <summary>Tells of a threshold that was crossed.</summary>
    public event EventHandler<BackPressureCrossedEventArgs>? Crossed;

    /// <summary>Gets the last reading; null before the first.</summary>
    public BackPressure? Latest => _latest;

    /// <inheritdoc/>
    public IDisposable Subscribe(IObserver<BackPressureCrossedEventArgs> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_lock)
        {
            if (!_ended)
            {
                _observers.Add(observer);
                return new Subscription(this, observer);
            }
        }

        observer.OnCompleted();
        return new Subscription(this, observer);
    }

    /// <summary>Waits until the effective pressure is below a level.</summary>
    /// <param name="level">The level, above 0. A level above 1 is never reached, so that the wait ends at once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The reading that was below the level.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The level is not above 0: no pressure is below it.</exception>
    /// <exception cref="ObjectDisposedException">The monitor, or the backend, was disposed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Task<BackPressure> WaitBelowAsync(double level, CancellationToken cancellationToken = default)
    {
        if (!(level > 0)) throw new ArgumentOutOfRangeException(nameof(level), level, "No pressure is below this level; it must be above 0.");
        return cancellationToken.IsCancellationRequested ? Task.FromCanceled<BackPressure>(cancellationToken) : WaitAsync(level, cancellationToken);
    }

    /// <summary>Ends the readings, completes the subscriptions and fails the waits with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Waiter[] waiters;
        IObserver<BackPressureCrossedEventArgs>[] observers;
        lock (_lock)
        {
            if (_ended) return;
            _ended = true;
            waiters = _waiters.ToArray();
            observers = _observers.ToArray();
            _waiters.Clear();
            _observers.Clear();
        }

        _timer.Dispose();
        foreach (var waiter in waiters) waiter.TrySetException(new ObjectDisposedException(nameof(BackPressureMonitor)));
        foreach (var observer in observers) Guarded(observer.OnCompleted);
    }

    private static Func<BackPressure> ReaderOf(RocksDBStateBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return backend.GetBackPressure;
    }

    private async Task<BackPressure> WaitAsync(double level, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(level);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            _waiters.Add(waiter);
        }

        try
        {
            // Behind the entry in the list: a reading that another thread takes in between is not missed.
            var now = _read();
            if (now.Effective < level) return now;
            using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter);
            return await waiter.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (_lock) _waiters.Remove(waiter);
        }
    }

    /// <summary>One reading. A timer that fires while the reading before is under way is ignored.</summary>
    private void Read()
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0) return;
        try
        {
            Take(_read());
        }
        catch (ObjectDisposedException)
        {
            Dispose();
        }
        catch (StateBackendException exception)
        {
            // The next reading may succeed: until then nothing is known, and nobody is let through.
            Log.PressureUnavailable(_logger, exception);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    private void Take(BackPressure pressure)
    {
        _latest = pressure;
        foreach (var waiter in WaitersAbove(pressure.Effective)) waiter.TrySetResult(pressure);
        for (var at = 0; at < _thresholds.Length; at++)
        {
            var limit = _raised[at] ? _thresholds[at] * _hysteresis : _thresholds[at];
            var isRaised = _raised[at] ? pressure.Effective >= limit : pressure.Effective > limit;
            if (isRaised == _raised[at]) continue;
            _raised[at] = isRaised;
            Tell(new BackPressureCrossedEventArgs(_thresholds[at], isRaised, pressure));
        }
    }

    private List<Waiter> WaitersAbove(double pressure)
    {
        lock (_lock) return _waiters.FindAll(waiter => pressure < waiter.Level);
    }

    private void Tell(BackPressureCrossedEventArgs crossing)
    {
        var pressure = crossing.Pressure;
        if (crossing.IsRaised) Log.PressureRose(_logger, _dataDirectory, crossing.Threshold, pressure.Effective, pressure.Description);
        else Log.PressureFell(_logger, _dataDirectory, crossing.Threshold, pressure.Effective, pressure.Description);
        IObserver<BackPressureCrossedEventArgs>[] observers;
        lock (_lock) observers = _observers.ToArray();
        foreach (var observer in observers) Guarded(() => observer.OnNext(crossing));
        Guarded(() => Crossed?.Invoke(this, crossing));
    }

    /// <summary>Runs foreign code, whose exceptions would end the process from a timer thread.</summary>
    private void Guarded(Action action)
    {
        try
        {
            action();
        }
#pragma warning disable CA1031 // Whatever it throws: see above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.PressureObserverFailed(_logger, exception);
        }
    }

    private void Unsubscribe(IObserver<BackPressureCrossedEventArgs> observer)
    {
        lock (_lock) _observers.Remove(observer);
    }

    /// <summary>A wait, whose continuation does not run on the timer's thread.</summary>
    private sealed class Waiter(double level) : TaskCompletionSource<BackPressure>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public double Level { get; } = level;
    }

    private sealed class Subscription(BackPressureMonitor monitor, IObserver<BackPressureCrossedEventArgs> observer) : IDisposable
    {
        public void Dispose() => monitor.Unsubscribe(observer);
    }
}
