using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>Timers.</content>
public sealed partial class KeyedStateBackend<TKey>
{
    private readonly Dictionary<string, TimerServiceHandle> _timerServices = new(StringComparer.Ordinal);

    /// <summary>Opens the timers of a name, with what is done when they are due.</summary>
    /// <typeparam name="TWindow">Type of the windows.</typeparam>
    /// <param name="name">Name of the service, at most 255 bytes; one service of a name may be open at a time.</param>
    /// <param name="handler">What is done when a timer is due.</param>
    /// <param name="windowSerializer">Serializer of a window; null for that of its type, which only <see cref="TimeWindow"/> has.</param>
    /// <returns>The service, which the keyed backend disposes at its end at the latest.</returns>
    /// <exception cref="InvalidOperationException">A service of that name is open.</exception>
    /// <exception cref="ArgumentException">The name is out of its range, or the windows have no serializer.</exception>
    public RocksDBTimerService<TKey, TWindow> CreateTimerService<TWindow>(
        string name, ITimerHandler<TKey, TWindow> handler, IStateSerializer<TWindow>? windowSerializer = null)
        where TWindow : Window
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(handler);
        if (_timerServices.TryGetValue(name, out var open) && !open.IsClosed)
        {
            throw new InvalidOperationException($"The timer service '{name}' is open already: dispose it first.");
        }

        var codec = new Codec<TWindow>(windowSerializer ?? StateSerializers.Get<TWindow>(), $"window of the timer service '{name}'");
        var handle = _handle.OpenTimerService(name);
        _timerServices[name] = handle;
        return new RocksDBTimerService<TKey, TWindow>(this, name, handler, codec, handle);
    }
}
