using FlinkDotNet.Core.Abstractions.Timers;
using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Timers;

public sealed class TimerServiceTests : KeyedStateTest
{
    private static readonly TimeWindow Window = new(0, 10);

    private readonly RecordingTimerHandler<string> _handler = new();
    private RocksDBTimerService<string, TimeWindow> _timers;

    public TimerServiceTests() => _timers = Keyed.CreateTimerService("timers", _handler);

    [Fact]
    public void Timers_OfBothClocks_FireApartInTheOrderOfTime()
    {
        ITimerService<string, TimeWindow> timers = _timers;
        timers.RegisterEventTimeTimer("a", Window, 30);
        timers.RegisterEventTimeTimer("b", Window, -10);
        timers.RegisterEventTimeTimer("c", Window, 20);
        timers.RegisterProcessingTimeTimer("a", Window, 5);
        timers.AdvanceGlobalWatermark(20);
        Assert.Equal([(TimerType.EventTime, "b", Window, -10), (TimerType.EventTime, "c", Window, 20)], _handler.Fired);
        Assert.Equal(20, _timers.CurrentWatermark);
        timers.AdvanceProcessingTime(4);
        Assert.Equal(2, _handler.Fired.Count);
        timers.AdvanceProcessingTime(5);
        timers.AdvanceGlobalWatermark(long.MaxValue);
        Assert.Equal([(TimerType.ProcessingTime, "a", Window, 5), (TimerType.EventTime, "a", Window, 30)], _handler.Fired.Skip(2));
        Assert.Equal(0, _timers.Count(TimerType.EventTime) + _timers.Count(TimerType.ProcessingTime));
    }

    [Fact]
    public void Timer_RegisteredTwice_IsOneAndADeletedOneIsNone()
    {
        _timers.RegisterEventTimeTimer("a", Window, 1);
        _timers.RegisterEventTimeTimer("a", Window, 1);
        _timers.RegisterEventTimeTimer("a", new TimeWindow(0, 11), 1);
        _timers.RegisterEventTimeTimer("b", Window, 1);
        _timers.DeleteEventTimeTimer("b", Window, 1);
        _timers.DeleteEventTimeTimer("b", Window, 2);
        _timers.DeleteProcessingTimeTimer("a", Window, 1);
        Assert.Equal(2, _timers.Count(TimerType.EventTime));
        Assert.Equal(1, _timers.NextTimestamp(TimerType.EventTime));
        Assert.Null(_timers.NextTimestamp(TimerType.ProcessingTime));
        _timers.AdvanceGlobalWatermark(100);
        Assert.Equal([("a", 10L), ("a", 11L)], _handler.Fired.Select(timer => (timer.Key, timer.Window.End)));
    }

    [Fact]
    public void Handler_Called_HasTheKeyOfTheTimerAndTheKeyBeforeIsBack()
    {
        var fired = Keyed.GetValueState(StateDescriptors.Value<long>("fired"));
        _handler.Reaction = (key, _, timestamp) =>
        {
            Assert.Equal(key, Keyed.CurrentKey);
            fired.Update(fired.Value() + timestamp);
        };
        foreach (var key in new[] { "a", "b", "a" }) _timers.RegisterEventTimeTimer(key, Window, key.Length + _timers.Count(TimerType.EventTime));
        _timers.AdvanceGlobalWatermark(10);
        Assert.Equal("key", Keyed.CurrentKey);
        Keyed.SetCurrentKey("a");
        Assert.Equal(1 + 3, fired.Value());
        Keyed.ClearCurrentKey();
        _timers.RegisterEventTimeTimer("b", Window, 11);
        _timers.AdvanceGlobalWatermark(11);
        Assert.False(Keyed.HasCurrentKey);
    }

    [Fact]
    public void Watermark_OfOneKey_FiresItsTimersAlone()
    {
        foreach (var key in new[] { "a", "b" })
        {
            for (var time = 0; time < 50; time++) _timers.RegisterEventTimeTimer(key, Window, time);
        }

        _timers.AdvanceKeyWatermark("b", 20);
        Assert.Equal(Enumerable.Range(0, 21).Select(time => ("b", (long)time)), _handler.Fired.Select(timer => (timer.Key, timer.Timestamp)));
        Assert.Equal(long.MinValue, _timers.CurrentWatermark);
        _timers.AdvanceGlobalWatermark(20);
        Assert.Equal(21 + 21, _handler.Fired.Count);
        Assert.All(_handler.Fired.Skip(21), timer => Assert.Equal("a", timer.Key));
    }

    [Fact]
    public void Handler_ThatRegistersDueTimers_SeesThemInTheirOrder()
    {
        for (var time = 0; time < 1000; time += 100) _timers.RegisterEventTimeTimer("a", Window, time);
        _handler.Reaction = (key, window, timestamp) =>
        {
            if (timestamp % 100 == 0) _timers.RegisterEventTimeTimer(key, window, timestamp + 150 + 1);
            if (timestamp == 500) _timers.RegisterEventTimeTimer(key, window, 3);
        };
        _timers.AdvanceGlobalWatermark(900);
        long[] expected = [0, 100, 151, 200, 251, 300, 351, 400, 451, 500, 3, 551, 600, 651, 700, 751, 800, 851, 900];
        Assert.Equal(expected, _handler.Timestamps);
        Assert.Equal(951, _timers.NextTimestamp(TimerType.EventTime));
    }

    [Fact]
    public void Handler_ThatRegistersItsOwnTimerAgain_IsCalledAgain()
    {
        _timers.RegisterEventTimeTimer("a", Window, 5);
        _timers.RegisterEventTimeTimer("a", Window, 6);
        _handler.Reaction = (key, window, timestamp) =>
        {
            if (_handler.Fired.Count < 3) _timers.RegisterEventTimeTimer(key, window, timestamp);
        };
        _timers.AdvanceGlobalWatermark(10);
        Assert.Equal([5, 5, 5, 6], _handler.Timestamps);
    }

    [Fact]
    public void Handler_ThatDeletesTimers_DoesNotSeeThem()
    {
        for (var time = 0; time < 100; time++) _timers.RegisterEventTimeTimer("a", Window, time);
        _handler.Reaction = (key, window, timestamp) =>
        {
            _timers.DeleteEventTimeTimer(key, window, timestamp);
            _timers.DeleteEventTimeTimer(key, window, timestamp + 1);
            _timers.DeleteEventTimeTimer(key, window, timestamp + 1000);
        };
        _timers.AdvanceGlobalWatermark(99);
        Assert.Equal(Enumerable.Range(0, 50).Select(number => 2L * number), _handler.Timestamps);
        Assert.Equal(0, _timers.Count(TimerType.EventTime));
    }

    [Fact]
    public void Handler_ThatLooksAtTimers_DoesNotSeeThoseThatFired()
    {
        for (var time = 0; time < 5; time++) _timers.RegisterEventTimeTimer("a", Window, time);
        var seen = new List<(long, long?)>();
        _handler.Reaction = (_, _, _) => seen.Add((_timers.Count(TimerType.EventTime), _timers.NextTimestamp(TimerType.EventTime)));
        _timers.AdvanceGlobalWatermark(10);
        Assert.Equal([(4, 1), (3, 2), (2, 3), (1, 4), (0, null)], seen);
    }

    [Fact]
    public void Handler_ThatThrows_LosesItsTimerAlone()
    {
        for (var time = 0; time < 10; time++) _timers.RegisterEventTimeTimer("a", Window, time);
        _handler.Reaction = (_, _, timestamp) =>
        {
            if (timestamp == 4) throw new TimeoutException();
        };
        Assert.Throws<TimeoutException>(() => _timers.AdvanceGlobalWatermark(8));
        Assert.Equal(5, _handler.Fired.Count);
        Assert.Equal("key", Keyed.CurrentKey);
        Assert.Equal(5, _timers.NextTimestamp(TimerType.EventTime));
        _timers.AdvanceGlobalWatermark(8);
        Assert.Equal(Enumerable.Range(0, 9).Select(time => (long)time), _handler.Timestamps);
        Assert.Equal(1, _timers.Count(TimerType.EventTime));
    }

    [Fact]
    public void Handler_ThatLetsTimePass_IsRefused()
    {
        _timers.RegisterEventTimeTimer("a", Window, 1);
        _handler.Reaction = (_, _, _) => _timers.AdvanceProcessingTime(1);
        Assert.Throws<InvalidOperationException>(() => _timers.AdvanceGlobalWatermark(1));
        _handler.Reaction = null;
        _timers.AdvanceGlobalWatermark(2);
    }

    [Fact]
    public void Clock_GoingBackwards_IsRefusedAndNothingFires()
    {
        _timers.AdvanceGlobalWatermark(10);
        _timers.AdvanceProcessingTime(10);
        _timers.RegisterEventTimeTimer("a", Window, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => _timers.AdvanceGlobalWatermark(9));
        Assert.Throws<ArgumentOutOfRangeException>(() => _timers.AdvanceProcessingTime(9));
        Assert.Equal((10, 10), (_timers.CurrentWatermark, _timers.CurrentProcessingTime));
        Assert.Empty(_handler.Fired);
        _timers.AdvanceGlobalWatermark(10);
        Assert.Single(_handler.Fired);
    }

    [Fact]
    public void Timers_OfManyKeys_FireInPagesAndComeBackAfterReopening()
    {
        var timers = Enumerable.Range(0, 20_000).Select(number => ($"key {number % 700}", (long)(number * 7919 % 10_007))).Distinct().ToList();
        foreach (var (key, timestamp) in timers) _timers.RegisterEventTimeTimer(key, Window, timestamp);
        _timers.AdvanceGlobalWatermark(3000);
        Assert.Equal(timers.Count(timer => timer.Item2 <= 3000), _handler.Fired.Count);
        Reopen();
        _timers = Keyed.CreateTimerService("timers", _handler);
        Assert.Equal(timers.Count(timer => timer.Item2 > 3000), _timers.Count(TimerType.EventTime));
        _timers.AdvanceGlobalWatermark(20_000);
        var expected = timers.OrderBy(timer => timer.Item2)
            .ThenBy(timer => KeyGroups.OfKey(timer.Item1, Keyed.MaxParallelism))
            .ThenBy(timer => timer.Item1, StringComparer.Ordinal);
        Assert.Equal(expected, _handler.Fired.Select(timer => (timer.Key, timer.Timestamp)));
    }

    [Fact]
    public void Timers_OfAJavaHashCode_FireAndAreDeleted()
    {
        using var folder = new TestFolder();
        using var backend = Open(new RocksDBOptions { DataDirectory = folder.At("state") });
        using var keyed = backend.CreateKeyedStateBackend<string>(keyHash: JavaHashCode.Of);
        var timers = keyed.CreateTimerService("timers", _handler);
        for (var number = 0; number < 500; number++) timers.RegisterEventTimeTimer($"key {number}", Window, number);
        timers.DeleteEventTimeTimer("key 7", Window, 7);
        timers.AdvanceKeyWatermark("key 9", 100);
        timers.AdvanceGlobalWatermark(1000);
        Assert.Equal(499, _handler.Fired.Count);
        Assert.Equal(9, _handler.Fired[0].Timestamp);
        Assert.DoesNotContain(7, _handler.Timestamps);
        Assert.Equal(0, timers.Count(TimerType.EventTime));
    }

    [Fact]
    public void Services_OfTwoNames_AreApart()
    {
        var handler = new RecordingTimerHandler<string>();
        var others = Keyed.CreateTimerService("others", handler);
        _timers.RegisterEventTimeTimer("a", Window, 1);
        others.AdvanceGlobalWatermark(5);
        Assert.Empty(handler.Fired);
        Assert.Equal(1, _timers.Count(TimerType.EventTime));
        Assert.Throws<InvalidOperationException>(() => Keyed.CreateTimerService("others", handler));
        others.Dispose();
        Assert.Throws<ObjectDisposedException>(() => others.RegisterEventTimeTimer("a", Window, 1));
        using var again = Keyed.CreateTimerService("others", handler);
        Assert.Equal("others", again.Name);
    }

    [Fact]
    public void Arguments_OutOfTheirRange_AreRefused()
    {
        Assert.Throws<ArgumentNullException>(() => _timers.RegisterEventTimeTimer(null!, Window, 1));
        Assert.Throws<ArgumentNullException>(() => _timers.RegisterEventTimeTimer("a", null!, 1));
        Assert.Throws<ArgumentNullException>(() => _timers.AdvanceKeyWatermark(null!, 1));
        Assert.Throws<StateSerializationException>(() => _timers.RegisterEventTimeTimer("\ud800", Window, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _timers.Count((TimerType)9));
        Assert.Throws<ArgumentNullException>(() => Keyed.CreateTimerService<TimeWindow>("none", null!));
        Assert.ThrowsAny<ArgumentException>(() => Keyed.CreateTimerService(string.Empty, _handler));
        Assert.Throws<ArgumentException>(() => Keyed.CreateTimerService(new string('x', 256), _handler));
        Assert.Equal(0, _timers.Count(TimerType.EventTime));
        using var folder = new TestFolder();
        using var backend = Open(new RocksDBOptions { DataDirectory = folder.At("state") });
        using var keyed = backend.CreateKeyedStateBackend<string>(new KeyedStateBackendOptions { KeyGroupRange = KeyGroups.RangeOf(128, 2, 0) });
        var outside = Enumerable.Range(0, 100).Select(number => $"{number}").First(key => KeyGroups.OfKey(key, 128) > 63);
        var timers = keyed.CreateTimerService("timers", _handler);
        Assert.Throws<ArgumentOutOfRangeException>(() => timers.RegisterEventTimeTimer(outside, Window, 1));
        Assert.Equal(0, timers.Count(TimerType.EventTime));
    }

    [Fact]
    public void Timer_RegisteredAndDeleted_AllocatesNothing()
    {
        void Round(int number)
        {
            _timers.RegisterEventTimeTimer("a", Window, 1000 + number);
            _timers.DeleteEventTimeTimer("a", Window, 1000 + number);
        }

        for (var number = 0; number < 2000; number++) Round(number);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var number = 0; number < 2000; number++) Round(number);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
