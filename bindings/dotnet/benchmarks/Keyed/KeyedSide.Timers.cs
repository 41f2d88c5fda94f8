namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <content>Timers: one call for each that is set, a callback for each that is due.</content>
internal sealed partial class KeyedSide
{
    private readonly TimerSum _fired = new();
    private readonly RocksDBTimerService<long, NoWindow> _soon;
    private readonly RocksDBTimerService<long, NoWindow> _standing;

    /// <summary>For warming up, which leaves the others as they are.</summary>
    private readonly RocksDBTimerService<long, NoWindow> _warm;

    public ulong TimersSoon(in Sequence sequence) => Step(_soon, sequence);

    public ulong TimersStanding(in Sequence sequence) => Step(_standing, sequence);

    private ulong Step(RocksDBTimerService<long, NoWindow> timers, in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++) timers.RegisterEventTimeTimer(sequence.KeyNumber(at), NoWindow.Instance, sequence.ValueNumber(at));
        timers.AdvanceGlobalWatermark(sequence.Until);
        return _fired.Take();
    }
}
