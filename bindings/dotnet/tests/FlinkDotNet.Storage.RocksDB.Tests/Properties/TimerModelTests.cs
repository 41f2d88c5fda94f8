using CsCheck;
using FlinkDotNet.Core.Abstractions.Timers;
using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Properties;

/// <summary>
/// A timer service fires what a sorted set polled one by one fires, in the same order, also while its handler registers and deletes timers.
/// A failure prints the seed that repeats it.
/// </summary>
public sealed class TimerModelTests : BackendTest
{
    private const int MaxParallelism = 16;

    private static readonly Gen<(int Key, int Countdown, long Timestamp)> Timers = Gen.Select(Gen.Int[0, 8], Gen.Int[0, 4], Gen.Long[-20, 60]);

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (10, Timers.Array[0, 6].Select(timers => new Step(StepKind.Register, timers, 0))),
        (3, Timers.Array[0, 3].Select(timers => new Step(StepKind.Delete, timers, 0))),
        (6, Gen.Int[0, 15].Select(millis => new Step(StepKind.Advance, [], millis))),
        (3, Timers.Array[1, 1].Select(timers => new Step(StepKind.AdvanceKey, timers, 0))),
        (1, Gen.Const(new Step(StepKind.Reopen, [], 0))));

    private enum StepKind
    {
        Register,
        Delete,
        Advance,
        AdvanceKey,
        Reopen,
    }

    [Theory]
    [InlineData(WalMode.Enabled)]
    [InlineData(WalMode.Disabled)]
    public void Timers_ThroughAnySteps_FireLikeASortedSet(WalMode wal) =>
        Steps.Array[1, 40].Sample(steps => Run(steps, wal), iter: 40, threads: 1, print: steps => string.Join("; ", steps.Select(step => step.ToString())));

    private void Run(Step[] steps, WalMode wal)
    {
        using var folder = new TestFolder();
        using var subject = new Subject(() => Open(new RocksDBOptions { DataDirectory = folder.At("state"), EnableStatistics = false, Wal = wal }));
        foreach (var step in steps) subject.Apply(step);
        subject.Apply(new Step(StepKind.Advance, [], 1000));
        Assert.Equal(0, subject.Service.Count(TimerType.EventTime));
    }

    /// <summary>What a handler does: as long as the countdown runs it registers timers near its own and deletes another.</summary>
    private static IEnumerable<(bool Register, Timer Timer)> Reactions(Timer timer)
    {
        if (timer.Countdown == 0) yield break;
        var next = timer with { Countdown = timer.Countdown - 1 };
        yield return (true, next with { Timestamp = timer.Timestamp + (timer.Key % 5) - 1 });
        yield return (false, timer);
        yield return (false, timer with { Timestamp = timer.Timestamp + 1 });
        if (timer.Key % 3 == 0) yield return (true, next with { Timestamp = timer.Timestamp + 40 });
        if (timer.Key % 4 == 0) yield return (true, timer with { Key = timer.Key + 1, Countdown = 0 });
    }

    private sealed record Step(StepKind Kind, (int Key, int Countdown, long Timestamp)[] Timers, int Millis)
    {
        public override string ToString() => $"{Kind} {string.Join(' ', Timers)} {Millis}";
    }

    private sealed record Timer(int Key, int Countdown, long Timestamp)
    {
        public TimeWindow Window => new(0, Countdown + 1);
    }

    private sealed class Subject : IDisposable
    {
        private readonly Func<RocksDBStateBackend> _open;
        private readonly SortedSet<Timer> _model = new(Comparer<Timer>.Create((left, right) => Order(left).CompareTo(Order(right))));
        private readonly List<Timer> _fired = [];
        private readonly RecordingTimerHandler<int> _handler = new();
        private RocksDBStateBackend _backend = null!;
        private KeyedStateBackend<int> _keyed = null!;
        private long _watermark;

        public Subject(Func<RocksDBStateBackend> open)
        {
            _open = open;
            _handler.Reaction = (key, window, timestamp) => React(new Timer(key, (int)window.End - 1, timestamp));
            OpenAll();
        }

        public RocksDBTimerService<int, TimeWindow> Service { get; private set; } = null!;

        public void Apply(Step step)
        {
            var timers = step.Timers.Select(timer => new Timer(timer.Key, timer.Countdown, timer.Timestamp)).ToList();
            if (step.Kind == StepKind.Register) timers.ForEach(timer => Change(register: true, timer));
            if (step.Kind == StepKind.Delete) timers.ForEach(timer => Change(register: false, timer));
            if (step.Kind == StepKind.Advance) Advance(step.Millis);
            if (step.Kind == StepKind.AdvanceKey) AdvanceKey(timers[0]);
            if (step.Kind == StepKind.Reopen) Reopen();
            Assert.Equal(_fired, _handler.Fired.Select(timer => new Timer(timer.Key, (int)timer.Window.End - 1, timer.Timestamp)));
            Assert.Equal(_model.Count, Service.Count(TimerType.EventTime));
            Assert.Equal(_model.Min?.Timestamp, Service.NextTimestamp(TimerType.EventTime));
        }

        public void Dispose()
        {
            _keyed.Dispose();
            _backend.Dispose();
        }

        private static (long, int, int, int) Order(Timer timer) =>
            (timer.Timestamp, KeyGroups.OfKey(timer.Key, MaxParallelism), timer.Key, timer.Countdown);

        private void Change(bool register, Timer timer)
        {
            if (register) Service.RegisterEventTimeTimer(timer.Key, timer.Window, timer.Timestamp);
            else Service.DeleteEventTimeTimer(timer.Key, timer.Window, timer.Timestamp);
            ChangeModel(register, timer);
        }

        private void ChangeModel(bool register, Timer timer)
        {
            if (register) _model.Add(timer);
            else _model.Remove(timer);
        }

        private void React(Timer timer)
        {
            foreach (var (register, other) in Reactions(timer))
            {
                if (register) Service.RegisterEventTimeTimer(other.Key, other.Window, other.Timestamp);
                else Service.DeleteEventTimeTimer(other.Key, other.Window, other.Timestamp);
            }
        }

        private void Advance(int millis)
        {
            _watermark += millis;
            FireModel(timer => timer.Timestamp <= _watermark);
            Service.AdvanceGlobalWatermark(_watermark);
        }

        private void AdvanceKey(Timer timer)
        {
            FireModel(other => other.Key == timer.Key && other.Timestamp <= timer.Timestamp);
            Service.AdvanceKeyWatermark(timer.Key, timer.Timestamp);
        }

        private void FireModel(Func<Timer, bool> isDue)
        {
            while (_model.FirstOrDefault(isDue) is { } timer)
            {
                _model.Remove(timer);
                _fired.Add(timer);
                foreach (var (register, other) in Reactions(timer)) ChangeModel(register, other);
            }
        }

        private void Reopen()
        {
            Dispose();
            OpenAll();
        }

        private void OpenAll()
        {
            _backend = _open();
            _keyed = _backend.CreateKeyedStateBackend<int>(new KeyedStateBackendOptions { MaxParallelism = MaxParallelism });
            Service = _keyed.CreateTimerService("timers", _handler);
        }
    }
}
