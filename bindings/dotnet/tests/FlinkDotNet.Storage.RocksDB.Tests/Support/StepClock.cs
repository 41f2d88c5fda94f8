using System.Threading.Channels;

namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>A clock that moves, and whose timers fire, when the test says so.</summary>
internal sealed class StepClock : TimeProvider
{
    private readonly Channel<StepTimer> _timers = Channel.CreateUnbounded<StepTimer>();
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new StepTimer(dueTime, () => callback(state));
        _timers.Writer.TryWrite(timer);
        return timer;
    }

    public void Advance(TimeSpan time) => _now += time;

    /// <summary>The next timer that anybody begins.</summary>
    public ValueTask<StepTimer> NextTimer() => _timers.Reader.ReadAsync(TestContext.Current.CancellationToken);

    internal sealed class StepTimer(TimeSpan due, Action fire) : ITimer
    {
        private volatile bool _isEnded;

        public TimeSpan Due => due;

        public void Fire()
        {
            if (!_isEnded) fire();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => _isEnded = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
