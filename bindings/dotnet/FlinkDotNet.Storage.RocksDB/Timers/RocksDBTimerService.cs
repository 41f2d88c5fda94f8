using System.Globalization;
using System.Runtime.CompilerServices;
using FlinkDotNet.Core.Abstractions.Timers;
using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Timers of one name, made by <see cref="KeyedStateBackend{TKey}.CreateTimerService"/>: a set of (timestamp, key, window) for event time
/// and one for processing time, kept with the state. Letting time pass calls the handler for each timer that is due, in the order of
/// timestamps, at once and on the caller's thread. It belongs to one thread at a time, together with its keyed backend, which owns it.
/// </summary>
/// <remarks>
/// A timer is removed after its handler has returned, some of them together: when the process ends while timers fire, up to 16 KiB of them
/// that had fired fire again. A timer service has clocks of its own, which begin in the infinite past; a clock that would go backwards
/// is refused with an <see cref="ArgumentOutOfRangeException"/>. They do not move the clocks of the time-to-live.
/// </remarks>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public sealed class RocksDBTimerService<TKey, TWindow> : ITimerService<TKey, TWindow>, IDisposable
    where TKey : notnull
    where TWindow : Window
{
    private readonly KeyedStateBackend<TKey> _backend;
    private readonly ITimerHandler<TKey, TWindow> _handler;
    private readonly Codec<TWindow> _windowCodec;
    private readonly TimerServiceHandle _handle;
    private readonly TimerPage _page;
    private bool _isFiring;

    /// <summary>Initializes a new instance of the <see cref="RocksDBTimerService{TKey, TWindow}"/> class.</summary>
    internal RocksDBTimerService(
        KeyedStateBackend<TKey> backend,
        string name,
        ITimerHandler<TKey, TWindow> handler,
        in Codec<TWindow> windowCodec,
        TimerServiceHandle handle)
    {
        _backend = backend;
        Name = name;
        _handler = handler;
        _windowCodec = windowCodec;
        _handle = handle;
        _page = new TimerPage(handle);
    }

    /// <summary>Gets the name of the service.</summary>
    public string Name { get; }

    /// <summary>Gets the time that the watermark has reached.</summary>
    public long CurrentWatermark { get; private set; } = long.MinValue;

    /// <summary>Gets the time that processing time has reached.</summary>
    public long CurrentProcessingTime { get; private set; } = long.MinValue;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The key group of the key is not in the range of the keyed backend.</exception>
    public void RegisterProcessingTimeTimer(TKey key, TWindow window, long timestamp) =>
        Change(NativeMethods.FSB_TIME_PROCESSING, key, window, timestamp, isDeletion: false);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The key group of the key is not in the range of the keyed backend.</exception>
    public void DeleteProcessingTimeTimer(TKey key, TWindow window, long timestamp) =>
        Change(NativeMethods.FSB_TIME_PROCESSING, key, window, timestamp, isDeletion: true);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The key group of the key is not in the range of the keyed backend.</exception>
    public void RegisterEventTimeTimer(TKey key, TWindow window, long timestamp) =>
        Change(NativeMethods.FSB_TIME_EVENT, key, window, timestamp, isDeletion: false);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The key group of the key is not in the range of the keyed backend.</exception>
    public void DeleteEventTimeTimer(TKey key, TWindow window, long timestamp) =>
        Change(NativeMethods.FSB_TIME_EVENT, key, window, timestamp, isDeletion: true);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The time would go backwards; it stays.</exception>
    public void AdvanceProcessingTime(long newProcessingTime)
    {
        Check(newProcessingTime, CurrentProcessingTime, "processing time");
        CurrentProcessingTime = newProcessingTime;
        Fire(NativeMethods.FSB_TIME_PROCESSING, newProcessingTime);
    }

    /// <inheritdoc/>
    /// <remarks>The watermark of the service stays as it is.</remarks>
    [SkipLocalsInit]
    public void AdvanceKeyWatermark(TKey key, long newWatermark)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> stack = stackalloc byte[Codec<TKey>.StackBytes];
        using var encoded = _backend.KeyCodec.Encode(key, stack);
        Fire(NativeMethods.FSB_TIME_EVENT, newWatermark, encoded.Bytes.ToArray(), _backend.HashOf(key));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The watermark would go backwards; it stays.</exception>
    public void AdvanceGlobalWatermark(long newWatermark)
    {
        Check(newWatermark, CurrentWatermark, "watermark");
        CurrentWatermark = newWatermark;
        Fire(NativeMethods.FSB_TIME_EVENT, newWatermark);
    }

    /// <summary>Finds the earliest timestamp.</summary>
    /// <param name="type">The clock.</param>
    /// <returns>Milliseconds since the Unix epoch; null when there is no timer.</returns>
    public long? NextTimestamp(TimerType type)
    {
        _page.Abandon();
        return _handle.Next(TimeOf(type));
    }

    /// <summary>Counts the timers, reading all of them.</summary>
    /// <param name="type">The clock.</param>
    /// <returns>Their exact number.</returns>
    public long Count(TimerType type)
    {
        _page.Abandon();
        return _handle.Count(TimeOf(type));
    }

    /// <summary>Frees the service; its timers stay. A second time does nothing.</summary>
    public void Dispose() => _handle.Dispose();

    private static byte TimeOf(TimerType type) => type switch
    {
        TimerType.EventTime => NativeMethods.FSB_TIME_EVENT,
        TimerType.ProcessingTime => NativeMethods.FSB_TIME_PROCESSING,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such clock."),
    };

    private void Check(long time, long reached, string clock)
    {
        if (time >= reached) return;
        throw new ArgumentOutOfRangeException(paramName: null, string.Create(
            CultureInfo.InvariantCulture, $"The {clock} of the timer service '{Name}' is {reached} and cannot go back to {time}."));
    }

    private void Change(byte time, TKey key, TWindow window, long timestamp, bool isDeletion)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(window);
        var packed = PackedBuffer.Rent();
        try
        {
            TimerRecord.Append(packed, time, _backend.HashOf(key), timestamp, _backend.KeyCodec, key, _windowCodec, window);
            if (!_page.PrepareChange(time, new TimerRecord(packed.At(0)), isDeletion)) return;
            if (isDeletion) _handle.Delete(packed.Written);
            else _handle.Register(packed.Written);
        }
        finally
        {
            packed.Return();
        }
    }

    private void Fire(byte time, long upTo, byte[]? ofKey = null, int? hashOfKey = null)
    {
        if (_isFiring) throw new InvalidOperationException($"A handler of the timer service '{Name}' cannot let its time pass.");
        using var before = _backend.KeepCurrentKey();
        _isFiring = true;
        try
        {
            _page.Begin(time, upTo, ofKey, hashOfKey);
            while (_page.Fetch()) FirePage(time);
        }
        finally
        {
            _isFiring = false;
        }
    }

    private void FirePage(byte time)
    {
        try
        {
            while (_page.HasNext) FireOne(time);
        }
        finally
        {
            _page.Finish();
        }
    }

    private void FireOne(byte time)
    {
        var timer = _page.Next;
        var (key, timestamp) = (_backend.KeyCodec.Decode(timer.Key), timer.Timestamp);
        var window = _windowCodec.Decode(timer.Namespace);
        _backend.SetCurrentKey(key, timer.Key);
        _page.MoveTo(timer);
        if (time == NativeMethods.FSB_TIME_EVENT) _handler.OnEventTime(key, window, timestamp);
        else _handler.OnProcessingTime(key, window, timestamp);
    }
}
