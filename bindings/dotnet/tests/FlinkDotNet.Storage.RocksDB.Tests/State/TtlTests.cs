using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

public sealed class TtlTests : KeyedStateTest
{
    private static readonly StateTtlConfigBuilder TenMillis = StateTtlConfig.NewBuilder(TimeSpan.FromMilliseconds(10));

    [Fact]
    public void Value_PastItsTime_IsGone()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value("state", "default"), With(TenMillis.Build()));
        Assert.Null(state.Value());
        state.Update("value");
        Keyed.SetProcessingTime(9);
        Assert.Equal("value", state.Value());
        Keyed.SetProcessingTime(10);
        Assert.Null(state.Value());
        Assert.True(state.IsEmpty());
        state.Update("again");
        Keyed.SetProcessingTime(19);
        Assert.Equal("again", state.Value());
    }

    [Fact]
    public void ListElementsAndMapEntries_PastTheirTime_AreGoneOneByOne()
    {
        var list = Keyed.GetListState(StateDescriptors.List<int>("list"), With(TenMillis.Build()));
        var map = Keyed.GetMapState(StateDescriptors.Map<int, int>("map"), With(TenMillis.Build()));
        list.Add(1);
        map.Put(1, 1);
        Keyed.SetProcessingTime(5);
        list.Add(2);
        map.Put(2, 2);
        Keyed.SetProcessingTime(10);
        Assert.Equal([2], list.Get());
        Assert.Equal([2], map.Keys());
        Assert.False(map.Contains(1));
        foreach (var element in list.Scan()) Assert.Equal(2, element);
        Keyed.SetProcessingTime(15);
        Assert.Empty(list.Get());
        Assert.True(map.IsEmpty());
        Assert.Empty(Keyed.GetKeys("map"));
    }

    [Fact]
    public void Aggregate_PastItsTime_BeginsAnew()
    {
        var sum = Keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64("sum"), With(TenMillis.Build()));
        sum.Add(1);
        Keyed.SetProcessingTime(9);
        sum.Add(2);
        Keyed.SetProcessingTime(18);
        Assert.Equal(3, sum.Get());
        Keyed.SetProcessingTime(19);
        Assert.False(sum.TryGet(out _));
        sum.Add(5);
        Assert.Equal(5, sum.Get());
    }

    [Fact]
    public void Value_RenewedByReading_LivesAsLongAsItIsRead()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<int>("state"), With(TenMillisRenewedByReading()));
        state.Update(1);
        for (var time = 9; time < 60; time += 9)
        {
            Keyed.SetProcessingTime(time);
            Assert.Equal(1, state.Value());
        }

        Keyed.SetProcessingTime(100);
        Assert.False(state.TryGet(out _));
    }

    [Fact]
    public void Value_ThatIsVisibleUntilRemoved_IsReadOnceMore()
    {
        var ttl = StateTtlConfig.NewBuilder(TimeSpan.FromMilliseconds(10)).ReturnExpiredIfNotCleanedUp().Build();
        Assert.Equal(StateTtlVisibility.ReturnExpiredIfNotCleanedUp, ttl.Visibility);
        var state = Keyed.GetValueState(StateDescriptors.Value<int>("state"), With(ttl));
        state.Update(1);
        Keyed.SetProcessingTime(50);
        Assert.Equal(1, state.Value());
    }

    [Fact]
    public void Value_OnTheWatermark_IgnoresTheClock()
    {
        var ttl = StateTtlConfig.NewBuilder(TimeSpan.FromMilliseconds(10)).UseEventTime().Build();
        var state = Keyed.GetValueState(StateDescriptors.Value<int>("state"), With(ttl));
        Keyed.AdvanceWatermark(1000);
        state.Update(1);
        Keyed.SetProcessingTime(1_000_000);
        Assert.Equal(1, state.Value());
        Keyed.AdvanceWatermark(1010);
        Assert.False(state.TryGet(out _));
    }

    [Fact]
    public void Clock_GoingBackwards_IsRefusedAndStays()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<int>("state"), With(TenMillis.Build()));
        Keyed.SetProcessingTime(100);
        Keyed.AdvanceWatermark(100);
        state.Update(1);
        Assert.Throws<ArgumentException>(() => Keyed.SetProcessingTime(99));
        Assert.Throws<ArgumentException>(() => Keyed.AdvanceWatermark(99));
        Keyed.SetProcessingTime(100);
        Keyed.AdvanceWatermark(100);
        Assert.Equal(1, state.Value());
        Keyed.SetProcessingTime(110);
        Assert.False(state.TryGet(out _));
        using var folder = new TestFolder();
        using var backend = Open(new RocksDBOptions { DataDirectory = folder.At("state") });
        using var onTheMachinesClock = backend.CreateKeyedStateBackend<string>();
        Assert.Throws<ArgumentException>(() => onTheMachinesClock.SetProcessingTime(1));
    }

    [Fact]
    public void Ttl_SwitchedOnChangedAndOff_TakesWhatIsThere()
    {
        Keyed.GetValueState(StateDescriptors.Value<int>("state")).Update(1);
        Reopen();
        Keyed.SetProcessingTime(1000);
        var state = Keyed.GetValueState(StateDescriptors.Value<int>("state"), With(TenMillis.Build()));
        Assert.Equal(1, state.Value());
        Keyed.SetProcessingTime(1009);
        Assert.Equal(1, state.Value());
        Assert.Throws<StateMismatchException>(() => Keyed.GetValueState(StateDescriptors.Value<int>("state"), With(Longer())));
        Reopen();
        Keyed.SetProcessingTime(1050);
        Assert.Equal(1, Keyed.GetValueState(StateDescriptors.Value<int>("state"), With(Longer())).Value());
        Reopen();
        Keyed.SetProcessingTime(9999);
        Assert.Equal(1, Keyed.GetValueState(StateDescriptors.Value<int>("state")).Value());
    }

    [Fact]
    public void Ttl_Built_IsAsFlinksBuilderSays()
    {
        var usual = StateTtlConfig.NewBuilder(TimeSpan.FromHours(1)).Build();
        Assert.Equal(TimeSpan.FromHours(1), usual.TimeToLive);
        Assert.Equal(StateTtlUpdateType.OnCreateAndWrite, usual.UpdateType);
        Assert.Equal(StateTtlVisibility.NeverReturnExpired, usual.Visibility);
        Assert.Equal(StateTtlTime.Processing, usual.Time);
        var other = StateTtlConfig.NewBuilder(TimeSpan.FromHours(1)).UpdateTtlOnReadAndWrite().ReturnExpiredIfNotCleanedUp().UseEventTime();
        Assert.Equal(StateTtlUpdateType.OnReadAndWrite, other.Build().UpdateType);
        Assert.Equal(StateTtlTime.Event, other.Build().Time);
        var back = other.UpdateTtlOnCreateAndWrite().NeverReturnExpired().UseProcessingTime().Build();
        Assert.Equal((usual.UpdateType, usual.Visibility, usual.Time), (back.UpdateType, back.Visibility, back.Time));
        Assert.Throws<ArgumentOutOfRangeException>(() => StateTtlConfig.NewBuilder(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => StateTtlConfig.NewBuilder(TimeSpan.FromTicks(1)));
    }

    private static StateTtlConfig Longer() => StateTtlConfig.NewBuilder(TimeSpan.FromMilliseconds(100)).Build();

    private static StateTtlConfig TenMillisRenewedByReading() => StateTtlConfig.NewBuilder(TimeSpan.FromMilliseconds(10)).UpdateTtlOnReadAndWrite().Build();

    private static StateOptions With(StateTtlConfig ttl) => new() { TimeToLive = ttl };
}
