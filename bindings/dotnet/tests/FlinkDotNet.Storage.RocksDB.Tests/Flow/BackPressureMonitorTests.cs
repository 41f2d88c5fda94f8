using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB.Tests.Flow;

public sealed class BackPressureMonitorTests : BackendTest
{
    private readonly ManualTimeProvider _clock = new();
    private double _pressure;
    private Exception? _failure;

    [Fact]
    public void Crossing_OfAThreshold_IsToldOnceInEachDirection()
    {
        using var monitor = Monitor();
        var told = new List<(double Threshold, bool IsRaised)>();
        monitor.Crossed += (_, crossing) => told.Add((crossing.Threshold, crossing.IsRaised));
        foreach (var pressure in new[] { 0.7, 0.71, 0.75, 0.69, 0.71, 0.9, 0.73, 0.71, 0.64, 0.62, 0.69 }) Read(pressure);
        Assert.Equal([(0.7, true), (0.8, true), (0.8, false), (0.7, false)], told);
        Assert.Equal(0.69, monitor.Latest!.Effective);
    }

    [Fact]
    public void Crossing_OfAThreshold_IsLoggedOnceInEachDirection()
    {
        using var monitor = Monitor();
        foreach (var pressure in new[] { 0.75, 0.76, 0.69, 0.1, 0.2 }) Read(pressure);
        Assert.Equal(
            [
                (LogLevel.Warning, "Pressure of the state backend at state rose above 0.7: it is 0.75, High"),
                (LogLevel.Information, "Pressure of the state backend at state fell back below 0.7: it is 0.10, Low"),
            ],
            Logger.Entries.Select(entry => (entry.Level, entry.Message)));
    }

    [Fact]
    public void Subscribers_GetWhatTheEventTells_UntilTheyLeave()
    {
        using var monitor = Monitor();
        var first = new Observer();
        var second = new Observer();
        using var staying = monitor.Subscribe(first);
        var leaving = monitor.Subscribe(second);
        Read(0.75);
        leaving.Dispose();
        Read(0.1);
        Assert.Equal([true, false], first.Told.Select(crossing => crossing.IsRaised));
        Assert.Equal([true], second.Told.Select(crossing => crossing.IsRaised));
    }

    [Fact]
    public void Subscriber_ThatThrows_StopsNobodyElse()
    {
        using var monitor = Monitor();
        var other = new Observer();
        using var failing = monitor.Subscribe(new Observer { Failure = new InvalidOperationException("no") });
        using var staying = monitor.Subscribe(other);
        Read(0.75);
        Assert.Single(other.Told);
        Assert.Single(Logger.Entries, entry => entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task WaitBelow_OfALowPressure_EndsAtOnce()
    {
        using var monitor = Monitor();
        _pressure = 0.4;
        Assert.Equal(0.4, (await monitor.WaitBelowAsync(0.5, TestContext.Current.CancellationToken)).Effective);
    }

    [Fact]
    public async Task WaitBelow_OfAHighPressure_EndsWithTheReadingBelow()
    {
        using var monitor = Monitor();
        _pressure = 0.9;
        var lower = monitor.WaitBelowAsync(0.5, TestContext.Current.CancellationToken);
        var higher = monitor.WaitBelowAsync(0.8, TestContext.Current.CancellationToken);
        Read(0.8);
        Assert.False(higher.IsCompleted);
        Read(0.6);
        Assert.Equal(0.6, (await higher).Effective);
        Assert.False(lower.IsCompleted);
        Read(0.1);
        Assert.Equal(0.1, (await lower).Effective);
    }

    [Fact]
    public async Task WaitBelow_Cancelled_Ends()
    {
        using var monitor = Monitor();
        using var cancel = new CancellationTokenSource();
        _pressure = 0.9;
        var wait = monitor.WaitBelowAsync(0.5, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => monitor.WaitBelowAsync(0.5, cancel.Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void WaitBelow_ALevelThatNoPressureIsBelow_IsRefused(double level)
    {
        using var monitor = Monitor();
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = monitor.WaitBelowAsync(level, TestContext.Current.CancellationToken); });
    }

    [Fact]
    public async Task Dispose_CompletesSubscribersAndFailsWaits()
    {
        var monitor = Monitor();
        var observer = new Observer();
        using var subscription = monitor.Subscribe(observer);
        _pressure = 0.9;
        var wait = monitor.WaitBelowAsync(0.5, TestContext.Current.CancellationToken);
        monitor.Dispose();
        monitor.Dispose();
        Assert.Equal(1, observer.Completed);
        Assert.Equal(0, _clock.ActiveTimers);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => monitor.WaitBelowAsync(0.5, TestContext.Current.CancellationToken));
        var late = new Observer();
        monitor.Subscribe(late).Dispose();
        Assert.Equal(1, late.Completed);
    }

    [Fact]
    public async Task Reading_ThatFails_LetsNobodyThroughAndGoesOn()
    {
        using var monitor = Monitor();
        _pressure = 0.9;
        var wait = monitor.WaitBelowAsync(0.5, TestContext.Current.CancellationToken);
        _failure = new StateBackendException(StateBackendStatus.Engine, "The engine does not answer.");
        _clock.Tick();
        Assert.False(wait.IsCompleted);
        Assert.Equal(LogLevel.Warning, Assert.Single(Logger.Entries).Level);
        _failure = null;
        Read(0.1);
        Assert.Equal(0.1, (await wait).Effective);
    }

    [Fact]
    public void Backend_Disposed_EndsItsMonitor()
    {
        var backend = Open();
        var observer = new Observer();
        using var monitor = new BackPressureMonitor(backend, new BackPressureMonitorOptions { TimeProvider = _clock });
        using var subscription = monitor.Subscribe(observer);
        _clock.Tick();
        Assert.True(monitor.Latest!.Effective < 0.5);
        backend.Dispose();
        _clock.Tick();
        Assert.Equal(1, observer.Completed);
        Assert.Equal(0, _clock.ActiveTimers);
    }

    [Fact]
    public void Options_OutOfRange_AreRefusedByName()
    {
        AssertRefused("Period", options => options.Period = TimeSpan.Zero);
        AssertRefused("Hysteresis", options => options.Hysteresis = double.NaN);
        AssertRefused("Hysteresis", options => options.Hysteresis = 1.1);
        AssertRefused("Thresholds", options => options.Thresholds = [0.5, 0]);
        AssertRefused("Thresholds", options => options.Thresholds = [double.PositiveInfinity]);
        Assert.Equal(0, _clock.ActiveTimers);
    }

    private static void AssertRefused(string name, Action<BackPressureMonitorOptions> change)
    {
        var options = new BackPressureMonitorOptions();
        change(options);
        Assert.Contains(name, Assert.Throws<ArgumentException>(options.Check).Message, StringComparison.Ordinal);
    }

    private BackPressureMonitor Monitor() => new(
        () => _failure is null ? new BackPressure { Effective = _pressure, Description = _pressure >= 0.6 ? BackPressureDescription.High : BackPressureDescription.Low } : throw _failure,
        Logger,
        "state",
        new BackPressureMonitorOptions { TimeProvider = _clock });

    private void Read(double pressure)
    {
        _pressure = pressure;
        _clock.Tick();
    }

    private sealed class Observer : IObserver<BackPressureCrossedEventArgs>
    {
        public List<BackPressureCrossedEventArgs> Told { get; } = [];

        public int Completed { get; private set; }

        public Exception? Failure { get; init; }

        public void OnCompleted() => Completed++;

        public void OnError(Exception error) => Assert.Fail(error.Message);

        public void OnNext(BackPressureCrossedEventArgs value)
        {
            if (Failure is not null) throw Failure;
            Told.Add(value);
        }
    }
}
