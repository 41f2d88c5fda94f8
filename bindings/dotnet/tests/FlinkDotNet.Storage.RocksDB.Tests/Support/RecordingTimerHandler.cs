using FlinkDotNet.Core.Abstractions.Timers;
using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>Notes the timers that fire and lets a test react to them.</summary>
internal sealed class RecordingTimerHandler<TKey> : ITimerHandler<TKey, TimeWindow>
{
    public List<(TimerType Type, TKey Key, TimeWindow Window, long Timestamp)> Fired { get; } = [];

    public Action<TKey, TimeWindow, long>? Reaction { get; set; }

    public IEnumerable<long> Timestamps => Fired.Select(timer => timer.Timestamp);

    public void OnEventTime(TKey key, TimeWindow window, long timestamp) => Note(TimerType.EventTime, key, window, timestamp);

    public void OnProcessingTime(TKey key, TimeWindow window, long timestamp) => Note(TimerType.ProcessingTime, key, window, timestamp);

    private void Note(TimerType type, TKey key, TimeWindow window, long timestamp)
    {
        Fired.Add((type, key, window, timestamp));
        Reaction?.Invoke(key, window, timestamp);
    }
}
