using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Checkpoints;

/// <summary>Subtasks, each with a folder and a checkpoint folder of its own, from one to two and back.</summary>
public sealed class RescaleTests : CheckpointTest
{
    private const int MaxParallelism = 16;

    private static readonly TimeWindow Window = new(0, 1000);
    private static readonly string[] Keys = [.. Enumerable.Range(0, 100).Select(number => $"key {number}")];

    [Fact]
    public async Task Rescale_OutAndIn_TakesEveryKeyTimerAndElementAlongOnce()
    {
        using (var one = Open(OptionsOf("one", 0)))
        {
            Fill(one);
            await one.CreateCheckpointAsync(3, Stop);
        }

        var keys = new List<string>();
        var offsets = new List<string>();
        foreach (var subtask in new[] { 0, 1 })
        {
            var rescale = new CheckpointRescale { Directories = [CheckpointsOf("one", 0)], Parallelism = 2, Subtask = subtask };
            using var part = await RescaleAsync(OptionsOf("two", subtask), rescale);
            Assert.Equal(3, part.RestoredCheckpointId);
            Assert.Equal(subtask == 0 ? "plain" : null, Get(part, "row"));
            offsets.AddRange(part.GetOperatorListState(StateDescriptors.List<string>("offsets")).Get());
            Assert.Equal(["all"], part.GetUnionListState(StateDescriptors.List<string>("union")).Get());
            keys.AddRange(Check(part, KeyGroups.RangeOf(MaxParallelism, 2, subtask)));
            await part.CreateCheckpointAsync(4 + subtask, Stop);
        }

        Assert.Equal(Keys.Order(), keys.Order());
        Assert.Equal(["a", "b", "c"], offsets.Order());
        var back = new CheckpointRescale { Directories = [CheckpointsOf("two", 0), CheckpointsOf("two", 1)], CheckpointIds = [4, 5] };
        using var whole = await RescaleAsync(OptionsOf("back", 0), back);
        Assert.Equal(5, whole.RestoredCheckpointId);
        Assert.Equal("plain", Get(whole, "row"));
        Assert.Equal(["a", "b", "c"], whole.GetOperatorListState(StateDescriptors.List<string>("offsets")).Get().Order());
        Assert.Equal(Keys.Order(), Check(whole, KeyGroups.RangeOf(MaxParallelism, 1, 0)).Order());
        var message = $"State backend at {Folder.At("back-0")} was opened as subtask 0 of 1 from checkpoint 5 of 2 subtasks";
        Assert.Contains(Logger.Entries, entry => entry.Message == message);
    }

    [Fact]
    public async Task Rescale_OfValuesThatCannotBe_IsRefusedByName()
    {
        string[] one = [CheckpointsOf("one", 0)];
        await AssertRefused("Directories must name", new CheckpointRescale());
        await AssertRefused("Directories must name", new CheckpointRescale { Directories = [""] });
        await AssertRefused("Parallelism must be 1 or more, but is 0", new CheckpointRescale { Directories = one, Parallelism = 0 });
        await AssertRefused("Subtask must be from 0 to 1, but is 2", new CheckpointRescale { Directories = one, Parallelism = 2, Subtask = 2 });
        await AssertRefused("CheckpointIds must be zero or more", new CheckpointRescale { Directories = one, CheckpointIds = [-1] });
        await AssertRefused("there is no checkpoint in", new CheckpointRescale { Directories = one });
        await AssertRefused("'checkpoints'", new CheckpointRescale { Directories = one, CheckpointIds = [1, 2] });
        var missing = new CheckpointRescale { Directories = one, CheckpointIds = [9] };
        await Assert.ThrowsAsync<CheckpointNotFoundException>(() => RescaleAsync(OptionsOf("two", 0), missing));
        Assert.False(Directory.Exists(Path.Combine(Folder.At("two-0"), "CURRENT")));
    }

    [Fact]
    public async Task Rescale_OfHalfTheKeyGroups_IsRefused()
    {
        using (var half = Open(OptionsOf("one", 0)))
        {
            using var keyed = OpenKeyed(half, KeyGroups.RangeOf(MaxParallelism, 2, 0));
            await half.CreateCheckpointAsync(1, Stop);
        }

        string[] folders = [CheckpointsOf("one", 0)];
        await AssertRefused("key group 8 of subtask 0 is in none of the checkpoints", new CheckpointRescale { Directories = folders });
    }

    private static KeyedStateBackend<string> OpenKeyed(RocksDBStateBackend backend, KeyGroupRange range) => backend.CreateKeyedStateBackend<string>(
        new KeyedStateBackendOptions { Clock = StateClock.Manual, MaxParallelism = MaxParallelism, KeyGroupRange = range });

    private static void Fill(RocksDBStateBackend backend)
    {
        Put(backend, "row", "plain");
        foreach (var offset in new[] { "a", "b", "c" }) backend.GetOperatorListState(StateDescriptors.List<string>("offsets")).Add(offset);
        backend.GetUnionListState(StateDescriptors.List<string>("union")).Add("all");
        using var keyed = OpenKeyed(backend, KeyGroups.RangeOf(MaxParallelism, 1, 0));
        var timers = keyed.CreateTimerService("timers", new RecordingTimerHandler<string>());
        foreach (var key in Keys)
        {
            keyed.SetCurrentKey(key);
            keyed.GetValueState(StateDescriptors.Value<string>("name")).Update(key);
            timers.RegisterEventTimeTimer(key, Window, key.Length);
        }
    }

    /// <summary>The keys of a subtask, by its state, after it has been compared with its timers.</summary>
    private static string[] Check(RocksDBStateBackend backend, KeyGroupRange range)
    {
        using var keyed = OpenKeyed(backend, range);
        var names = keyed.GetValueState(StateDescriptors.Value<string>("name"));
        var held = new List<string>();
        foreach (var key in Keys.Where(key => range.Contains(KeyGroups.OfKey(key, MaxParallelism))))
        {
            keyed.SetCurrentKey(key);
            Assert.Equal(key, names.Value());
            held.Add(key);
        }

        var handler = new RecordingTimerHandler<string>();
        var timers = keyed.CreateTimerService("timers", handler);
        timers.AdvanceGlobalWatermark(1000);
        Assert.Equal(held.Order(), handler.Fired.Select(timer => timer.Key).Order());
        foreach (var key in held) timers.RegisterEventTimeTimer(key, Window, key.Length);
        return [.. held];
    }

    private static RocksDBOptions With(RocksDBOptions options, Action<RocksDBOptions> change)
    {
        change(options);
        return options;
    }

    private string CheckpointsOf(string generation, int subtask) => Folder.At($"{generation}-{subtask}-checkpoints");

    private RocksDBOptions OptionsOf(string generation, int subtask) =>
        With(OptionsOf($"{generation}-{subtask}"), options => options.CheckpointDirectory = CheckpointsOf(generation, subtask));

    private Task<RocksDBStateBackend> RescaleAsync(RocksDBOptions options, CheckpointRescale rescale) =>
        RocksDBStateBackend.RescaleAsync(options, Logger, rescale, cancellationToken: Stop);

    private async Task AssertRefused(string part, CheckpointRescale rescale)
    {
        var refused = await Assert.ThrowsAnyAsync<ArgumentException>(() => RescaleAsync(OptionsOf("two", 0), rescale)).ConfigureAwait(false);
        Assert.Contains(part, refused.Message, StringComparison.OrdinalIgnoreCase);
    }
}
