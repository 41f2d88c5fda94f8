using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Core.Abstractions.Timers;

/// <summary>Registers timers of keys and windows and lets time pass. Timestamps are milliseconds since the Unix epoch.</summary>
/// <typeparam name="TKey">Type of the key.</typeparam>
/// <typeparam name="TWindow">Type of the window.</typeparam>
public interface ITimerService<in TKey, in TWindow>
    where TWindow : Window
{
    /// <summary>Registers a timer on the machine's clock.</summary>
    /// <param name="key">Key of the timer.</param>
    /// <param name="window">Window of the timer.</param>
    /// <param name="timestamp">When it is due.</param>
    void RegisterProcessingTimeTimer(TKey key, TWindow window, long timestamp);

    /// <summary>Deletes a timer on the machine's clock; one that is not there does nothing.</summary>
    /// <param name="key">Key of the timer.</param>
    /// <param name="window">Window of the timer.</param>
    /// <param name="timestamp">When it is due.</param>
    void DeleteProcessingTimeTimer(TKey key, TWindow window, long timestamp);

    /// <summary>Registers a timer on the watermark.</summary>
    /// <param name="key">Key of the timer.</param>
    /// <param name="window">Window of the timer.</param>
    /// <param name="timestamp">When it is due.</param>
    void RegisterEventTimeTimer(TKey key, TWindow window, long timestamp);

    /// <summary>Deletes a timer on the watermark; one that is not there does nothing.</summary>
    /// <param name="key">Key of the timer.</param>
    /// <param name="window">Window of the timer.</param>
    /// <param name="timestamp">When it is due.</param>
    void DeleteEventTimeTimer(TKey key, TWindow window, long timestamp);

    /// <summary>Lets the machine's clock reach a time; what is due fires.</summary>
    /// <param name="newProcessingTime">The time reached.</param>
    void AdvanceProcessingTime(long newProcessingTime);

    /// <summary>Lets the watermark of one key reach a time; what is due fires.</summary>
    /// <param name="key">The key.</param>
    /// <param name="newWatermark">The time reached.</param>
    void AdvanceKeyWatermark(TKey key, long newWatermark);

    /// <summary>Lets the watermark of all keys reach a time; what is due fires.</summary>
    /// <param name="newWatermark">The time reached.</param>
    void AdvanceGlobalWatermark(long newWatermark);
}
