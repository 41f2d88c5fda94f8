namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>Adds up the timers that it is called for.</summary>
internal sealed class TimerSum : ITimerHandler<long, NoWindow>
{
    private ulong _sum;

    /// <summary>Gives the sum out and begins anew.</summary>
    public ulong Take()
    {
        var sum = _sum;
        _sum = 0;
        return sum;
    }

    public void OnEventTime(long key, NoWindow window, long timestamp) => _sum += (ulong)timestamp + (ulong)key;

    public void OnProcessingTime(long key, NoWindow window, long timestamp) => throw new InvalidOperationException("No timer waits for processing time.");
}
