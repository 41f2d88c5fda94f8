using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>Timers.</content>
public sealed partial class KeyedStateBackend<TKey>
{
    private readonly List<IDisposable> _timerServices = [];

    /// <summary>Opens the timers of a name, with what is done when they are due.</summary>
    /// <typeparam name="TWindow">Type of the windows.</typeparam>
    /// <param name="name">Name of the service, at most 255 bytes; one service of a name may be open at a time.</param>
    /// <param name="handler">What is done when a timer is due.</param>
    /// <param name="windowSerializer">Serializer of a window; null for that of its type, which only <see cref="TimeWindow"/> has.</param>
    /// <returns>The service, which the keyed backend disposes at its end at the latest.</returns>
    /// <exception cref="ArgumentException">The name is out of its range, or the windows have no serializer.</exception>
    public RocksDBTimerService<TKey, TWindow> CreateTimerService<TWindow>(
        string name, ITimerHandler<TKey, TWindow> handler, IStateSerializer<TWindow>? windowSerializer = null)
        where TWindow : Window
    {
        ArgumentNullException.ThrowIfNull(handler);
        var codec = new Codec<TWindow>(windowSerializer ?? StateSerializers.Get<TWindow>(), $"window of the timer service '{name}'");
        var service = new RocksDBTimerService<TKey, TWindow>(this, name, handler, codec, _handle.OpenTimerService(name));
        _timerServices.Add(service);
        return service;
    }
}
