using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB.Tests.Checkpoints;

public sealed class RestoreTests : CheckpointTest
{
    private static readonly TimeWindow Window = new(0, 10);

    [Fact]
    public async Task Restore_IntoAnotherFolder_BringsFamiliesKeyedStateTimersAndOperatorState()
    {
        using (var backend = OpenState())
        {
            backend.CreateColumnFamily("own").Put("key"u8, "of the family"u8);
            backend.GetOperatorListState(StateDescriptors.List<string>("offsets")).Add("41");
            using var keyed = OpenKeyed(backend);
            Fill(keyed);
            await backend.CreateCheckpointAsync(1, Stop);
            keyed.GetValueState(StateDescriptors.Value<long>("count")).Update(99);
        }

        using var restored = await RestoreAsync("other");
        Assert.Equal(1, restored.RestoredCheckpointId);
        Assert.Equal("of the family"u8.ToArray(), restored.ColumnFamily("own").Get("key"u8));
        Assert.Equal(["41"], restored.GetOperatorListState(StateDescriptors.List<string>("offsets")).Get());
        using var after = OpenKeyed(restored);
        AssertFilled(after);
    }

    [Fact]
    public async Task Restore_OverAnOldState_TakesItsPlace()
    {
        using (var backend = OpenState())
        {
            Put(backend, "kept", "1");
            await backend.CreateCheckpointAsync(1, Stop);
            Put(backend, "later", "2");
        }

        using var restored = await RestoreAsync("state");
        Assert.Equal(("1", null), (Get(restored, "kept"), Get(restored, "later")));
        Assert.Contains(Logger.Entries, entry => entry.Message == $"State backend at {DataDirectory} was restored from checkpoint 1, NoClaim");
        await restored.CreateCheckpointAsync(2, Stop);
    }

    [Fact]
    public async Task Restore_FromTheFolderOfTheState_LeavesTheCheckpointsInIt()
    {
        using (var backend = Open())
        {
            Put(backend, "kept", "1");
            await backend.CreateCheckpointAsync(1, Stop);
            Put(backend, "later", "2");
        }

        using var restored = await RocksDBStateBackend.RestoreAsync(Options(), Logger, cancellationToken: Stop);
        Assert.Equal(("1", null), (Get(restored, "kept"), Get(restored, "later")));
        Assert.Equal([1], Ids(restored.Checkpoints));
        await restored.CreateCheckpointAsync(2, Stop);
        Assert.Equal([1, 2], Ids(restored.Checkpoints));
    }

    [Fact]
    public async Task Restore_WithoutAnId_TakesTheNewest()
    {
        using (var backend = OpenState(options => options.CheckpointsRetained = 3))
        {
            foreach (var id in new[] { 9, 10, 11 })
            {
                Put(backend, "id", $"{id}");
                await backend.CreateCheckpointAsync(id, Stop);
            }
        }

        using (var newest = await RestoreAsync("state")) Assert.Equal((11, "11"), (newest.RestoredCheckpointId, Get(newest, "id")));
        using (var named = await RestoreAsync("state", new CheckpointRestore { CheckpointId = 9 })) Assert.Equal("9", Get(named, "id"));
        using var plain = OpenState();
        Assert.Null(plain.RestoredCheckpointId);
        Assert.Equal("9", Get(plain, "id"));
    }

    [Theory]
    [InlineData(ClaimMode.Claim, new long[] { 2 }, true)]
    [InlineData(ClaimMode.NoClaim, new long[] { 1, 2 }, false)]
    [InlineData(ClaimMode.Legacy, new long[] { 1, 2 }, true)]
    public async Task Restore_InAMode_DecidesWhoseTheCheckpointIs(ClaimMode mode, long[] left, bool isBuiltUpon)
    {
        using (var backend = OpenState())
        {
            Put(backend, "key", new string('1', 10_000));
            await backend.CreateCheckpointAsync(1, Stop);
        }

        using var restored = await RestoreAsync("other", new CheckpointRestore { ClaimMode = mode });
        var next = await restored.CreateCheckpointAsync(2, Stop);
        Assert.Equal(left, Ids(restored.Checkpoints));
        Assert.Equal(isBuiltUpon, next.NewBytes < 10_000);
    }

    [Fact]
    public async Task Restore_WithAClaimOnAnotherFolder_RemovesItWhenItIsNoLongerNeeded()
    {
        using (var backend = OpenState()) await backend.CreateCheckpointAsync(1, Stop);
        var options = new RocksDBOptions { DataDirectory = Folder.At("other") };
        var restore = new CheckpointRestore { Directory = CheckpointDirectory + "/", CheckpointId = 1, ClaimMode = ClaimMode.Claim };
        using var store = new CheckpointStore(CheckpointDirectory);
        using (var restored = await RocksDBStateBackend.RestoreAsync(options, Logger, restore, cancellationToken: Stop))
        {
            Assert.Equal([1], Ids(store));
            await restored.CreateCheckpointAsync(1, Stop);
            Assert.Equal([1], Ids(restored.Checkpoints));
        }

        Assert.Empty(store.List());
    }

    [Fact]
    public async Task Restore_OfADamagedCheckpoint_NamesTheFile_AndTheOldStateIsThere()
    {
        using (var backend = OpenState())
        {
            Put(backend, "old", "1");
            await backend.CreateCheckpointAsync(1, Stop);
            Put(backend, "old", "2");
        }

        var file = Assert.Single(Directory.GetFiles(Path.Combine(CheckpointDirectory, "shared"), "*.sst"));
        Damage(file);
        var failure = await Assert.ThrowsAsync<StateBackendCorruptionException>(() => RestoreAsync("state"));
        Assert.Contains($"'shared/{Path.GetFileName(file)}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(Logger.Entries, entry => entry.Level == LogLevel.Error && entry.Exception == failure);
        using var old = OpenState();
        Assert.Equal("2", Get(old, "old"));
    }

    [Fact]
    public async Task Restore_OfNothing_SaysSo()
    {
        var none = await Assert.ThrowsAsync<ArgumentException>(() => RestoreAsync("state"));
        Assert.Contains($"there is no checkpoint in '{CheckpointDirectory}'", none.Message, StringComparison.Ordinal);
        var missing = await Assert.ThrowsAsync<CheckpointNotFoundException>(() => RestoreAsync("state", new CheckpointRestore { CheckpointId = 9 }));
        Assert.Equal(StateBackendStatus.CheckpointNotFound, missing.Status);
        var negative = await Assert.ThrowsAsync<ArgumentException>(() => RestoreAsync("state", new CheckpointRestore { CheckpointId = -9 }));
        Assert.Equal("RestoreFrom:CheckpointId must be zero or more, but is -9.", negative.Message);
    }

    [Fact]
    public async Task Restore_OrEmpty_BeginsAnewUntilThereIsACheckpoint()
    {
        var restore = new CheckpointRestore { OrEmpty = true, ClaimMode = ClaimMode.Claim };
        using (var first = await RestoreAsync("state", restore))
        {
            Assert.Null(first.RestoredCheckpointId);
            Put(first, "lost", "1");
            first.Flush();
        }

        Assert.Contains(Logger.Entries, entry => entry.Message.StartsWith($"State backend at {DataDirectory} was opened empty, because", StringComparison.Ordinal));
        using (var second = OpenState(options => options.RestoreFrom = restore))
        {
            Assert.Null(Get(second, "lost"));
            Put(second, "kept", "2");
            await second.CreateCheckpointAsync(1, Stop);
            Put(second, "lost", "2");
        }

        using var third = await RestoreAsync("state", restore);
        Assert.Equal((1, "2", null), (third.RestoredCheckpointId, Get(third, "kept"), Get(third, "lost")));
    }

    [Fact]
    public async Task Restore_OrEmpty_OfACheckpointThatIsNamedOrDamaged_IsRefused()
    {
        var named = await Assert.ThrowsAsync<ArgumentException>(() => RestoreAsync("state", new CheckpointRestore { OrEmpty = true, CheckpointId = 1 }));
        Assert.Equal("RestoreFrom:OrEmpty is for the newest checkpoint, but CheckpointId names one.", named.Message);
        using (var backend = OpenState()) await backend.CreateCheckpointAsync(1, Stop);
        Damage(Path.Combine(CheckpointDirectory, "chk-1", "_metadata.json"));
        await Assert.ThrowsAsync<StateBackendCorruptionException>(() => RestoreAsync("state", new CheckpointRestore { OrEmpty = true }));
    }

    [Fact]
    public async Task Restore_OfAFolderThatIsOpen_IsRefused()
    {
        using var backend = OpenState();
        await backend.CreateCheckpointAsync(1, Stop);
        await Assert.ThrowsAsync<StateBackendFolderInUseException>(() => RestoreAsync("state"));
    }

    [Fact]
    public async Task Restore_WithACancelledToken_DoesNotBegin()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var call = RocksDBStateBackend.RestoreAsync(OptionsOf("state"), Logger, cancellationToken: cancelled.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.False(Directory.Exists(DataDirectory));
    }

    [Fact]
    public async Task Construct_WithACheckpointInTheOptions_RestoresIt()
    {
        using (var backend = OpenState())
        {
            Put(backend, "key", "1");
            await backend.CreateCheckpointAsync(1, Stop);
        }

        var restore = new CheckpointRestore { CheckpointId = 1 };
        using (var restored = OpenState(options => options.RestoreFrom = restore)) Assert.Equal(1, restored.RestoredCheckpointId);
        var missing = OptionsOf("state");
        missing.RestoreFrom = new CheckpointRestore { CheckpointId = 2 };
        OpenFailure<CheckpointNotFoundException>(missing);
    }

    private static KeyedStateBackend<string> OpenKeyed(RocksDBStateBackend backend) =>
        backend.CreateKeyedStateBackend<string>(new KeyedStateBackendOptions { Clock = StateClock.Manual });

    private static void Fill(KeyedStateBackend<string> keyed)
    {
        var timers = keyed.CreateTimerService("timers", new RecordingTimerHandler<string>());
        foreach (var key in new[] { "a", "b", "c" })
        {
            keyed.SetCurrentKey(key);
            keyed.GetValueState(StateDescriptors.Value<long>("count")).Update(key[0]);
            keyed.GetMapState(StateDescriptors.Map<string, int>("map")).Put(key, 1);
            keyed.GetListState(StateDescriptors.List<string>("list")).Add(key);
            timers.RegisterEventTimeTimer(key, Window, key[0]);
        }
    }

    private static void AssertFilled(KeyedStateBackend<string> keyed)
    {
        var handler = new RecordingTimerHandler<string>();
        var timers = keyed.CreateTimerService("timers", handler);
        foreach (var key in new[] { "a", "b", "c" })
        {
            keyed.SetCurrentKey(key);
            Assert.Equal(key[0], keyed.GetValueState(StateDescriptors.Value<long>("count")).Value());
            Assert.Equal(1, keyed.GetMapState(StateDescriptors.Map<string, int>("map")).Get(key));
            Assert.Equal([key], keyed.GetListState(StateDescriptors.List<string>("list")).Get());
        }

        timers.AdvanceGlobalWatermark('b');
        Assert.Equal([("a", 'a'), ("b", 'b')], handler.Fired.Select(timer => (timer.Key, (char)timer.Timestamp)));
    }
}
