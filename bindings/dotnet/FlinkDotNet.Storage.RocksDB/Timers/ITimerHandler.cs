using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// What is done when a timer is due. It is called on the thread that lets time pass, with the key of the timer as the current one; it may
/// use any state, and register and delete timers. When it throws, the timer that it was called for is gone, the others stay, and the
/// exception reaches the caller.
/// </summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public interface ITimerHandler<in TKey, in TWindow>
    where TWindow : Window
{
    /// <summary>Called when the watermark has reached a timer.</summary>
    /// <param name="key">Key of the timer, the current one.</param>
    /// <param name="window">Window of the timer; it is not made the current namespace.</param>
    /// <param name="timestamp">When the timer was due.</param>
    void OnEventTime(TKey key, TWindow window, long timestamp);

    /// <summary>Called when processing time has reached a timer.</summary>
    /// <param name="key">Key of the timer, the current one.</param>
    /// <param name="window">Window of the timer; it is not made the current namespace.</param>
    /// <param name="timestamp">When the timer was due.</param>
    void OnProcessingTime(TKey key, TWindow window, long timestamp);
}
