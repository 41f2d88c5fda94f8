using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB.Tests.Checkpoints;

public sealed class CreateCheckpointTests : CheckpointTest
{
    [Fact]
    public async Task Checkpoint_AfterAnother_StoresWhatIsNew()
    {
        using var backend = OpenState();
        Put(backend, "first", new string('1', 10_000));
        var first = await backend.CreateCheckpointAsync(1, Stop);
        Assert.Equal((1, first.TotalBytes, first.TotalFiles), (first.CheckpointId, first.NewBytes, first.NewFiles));
        Assert.True(first.TotalBytes > 0 && first.TotalFiles >= 3);
        Assert.True(first.SyncDuration > TimeSpan.Zero && first.AsyncDuration > TimeSpan.Zero);
        Put(backend, "second", "2");
        var second = await backend.CreateCheckpointAsync(2, Stop);
        Assert.Equal(first.TotalFiles + 1, second.TotalFiles);
        Assert.True(second.NewBytes < second.TotalBytes && second.NewFiles < second.TotalFiles);
        Assert.Equal([2], Ids(backend.Checkpoints));
    }

    [Fact]
    public async Task Checkpoint_ByFlinkNetsCall_GoesIntoTheFolderOfTheState()
    {
        using var backend = Open();
#pragma warning disable xUnit1051 // The call that FLINK.NET makes has no token.
        Task call = backend.CreateCheckpointAsync(1);
#pragma warning restore xUnit1051
        await call;
        Assert.True(File.Exists(Path.Combine(DataDirectory, "checkpoints", "chk-1", "_metadata.json")));
        Assert.Equal([1], Ids(backend.Checkpoints));
    }

    [Fact]
    public async Task Checkpoint_OfOneId_FromManyThreads_IsMadeOnce()
    {
        using var backend = OpenState();
        Put(backend, "key", "value");
        var calls = Enumerable.Range(0, 8).Select(_ => Task.Run(() => backend.CreateCheckpointAsync(5, Stop)));
        var results = await Task.WhenAll(calls);
        Assert.Single(results.Distinct());
        Assert.Equal(results[0], await backend.CreateCheckpointAsync(5, Stop));
        Assert.Equal([5], Ids(backend.Checkpoints));
    }

    [Fact]
    public async Task Checkpoint_WithALowOrNegativeId_IsRefused()
    {
        using var backend = OpenState();
        await backend.CreateCheckpointAsync(5, Stop);
        var low = await Assert.ThrowsAsync<ArgumentException>(() => backend.CreateCheckpointAsync(4, Stop));
        Assert.Contains("checkpoint id 4 is not above 5", low.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("checkpointId", () => backend.CreateCheckpointAsync(-1, Stop));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.NotifyCheckpointComplete(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.NotifyCheckpointAborted(-1));
    }

    [Fact]
    public async Task Progress_IsReported_AndEndsWithAllThatThereIs()
    {
        using var backend = OpenState();
        PutMuch(backend);
        var reports = new ConcurrentQueue<CheckpointProgress>();
        var caller = Environment.CurrentManagedThreadId;
        var firstThread = 0;
        var progress = new AtEachReport(report =>
        {
            if (reports.IsEmpty) firstThread = Environment.CurrentManagedThreadId;
            reports.Enqueue(report);
        });
        var call = backend.CreateCheckpointAsync(3, progress, Stop);
        Assert.Equal(caller, firstThread);
        var result = await call;
        Assert.Equal(new CheckpointProgress(3, result.TotalBytes, result.TotalBytes, result.TotalFiles, result.TotalFiles), reports.Last());
        Assert.All(reports, report => Assert.Equal((result.TotalBytes, result.TotalFiles), (report.TotalBytes, report.TotalFiles)));
        Assert.Equal(reports.OrderBy(report => report.DoneBytes), reports);
    }

    [Fact]
    public async Task Progress_ThatThrows_EndsTheCheckpoint()
    {
        using var backend = OpenState();
        PutMuch(backend);
        var progress = new AtEachReport(_ => throw new InvalidDataException("no more ink"));
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => backend.CreateCheckpointAsync(1, progress, Stop));
        Assert.Equal("no more ink", failure.Message);
        backend.NotifyCheckpointAborted(1);
        Assert.Empty(backend.Checkpoints.List());
        await backend.CreateCheckpointAsync(2, Stop);
    }

    [Fact]
    public async Task Confirmation_ByHand_DecidesWhatIsBuiltUponAndWhatGoes()
    {
        using var backend = OpenState(options => options.ConfirmCheckpointsAutomatically = false);
        Put(backend, "key", new string('1', 10_000));
        await backend.CreateCheckpointAsync(1, Stop);
        var unconfirmed = await backend.CreateCheckpointAsync(2, Stop);
        Assert.Equal(unconfirmed.TotalBytes, unconfirmed.NewBytes);
        backend.NotifyCheckpointComplete(2);
        var confirmed = await backend.CreateCheckpointAsync(3, Stop);
        Assert.True(confirmed.NewBytes < confirmed.TotalBytes);
        backend.NotifyCheckpointAborted(1);
        Assert.Equal([2, 3], Ids(backend.Checkpoints));
        backend.NotifyCheckpointComplete(3);
        backend.NotifyCheckpointComplete(99);
        Assert.Equal([3], Ids(backend.Checkpoints));
        backend.NotifyCheckpointAborted(3);
        backend.NotifyCheckpointAborted(99);
        Assert.Empty(backend.Checkpoints.List());
    }

    [Fact]
    public async Task Checkpoints_AsManyAsAreRetained_Stay()
    {
        using var backend = OpenState(options => options.CheckpointsRetained = 2);
        for (var id = 1; id <= 4; id++) await backend.CreateCheckpointAsync(id, Stop);
        Assert.Equal([3, 4], Ids(backend.Checkpoints));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Checkpoints_BesideEachOther_AreAsManyAsAllowed(int allowed)
    {
        using var backend = OpenState(options => (options.MaxConcurrentCheckpoints, options.CheckpointTransferThreads) = (allowed, 1));
        PutMuch(backend);
        Task<CheckpointResult>? other = null;
        await backend.CreateCheckpointAsync(1, new AtEachReport(_ => other ??= backend.CreateCheckpointAsync(2, Stop)), Stop);
        var failure = await Record.ExceptionAsync(() => other!);
        Assert.Equal(allowed == 2, failure is null);
        if (failure is null) return;
        Assert.Equal(StateBackendStatus.InUse, Assert.IsType<StateBackendException>(failure).Status);
        Assert.Contains("checkpoint 1 is still under way", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statistics_TellOfTheLastCheckpoint()
    {
        using var backend = OpenState();
        var none = backend.GetStatistics();
        Assert.Equal((0, 0, null), (none.CompletedCheckpoints, none.FailedCheckpoints, none.LastCheckpointId));
        var made = await backend.CreateCheckpointAsync(8, Stop);
        var one = backend.GetStatistics();
        Assert.Equal((1, 0, 8), (one.CompletedCheckpoints, one.FailedCheckpoints, one.LastCheckpointId));
        Assert.Equal((made.SyncDuration, made.AsyncDuration), (one.LastCheckpointSyncDuration, one.LastCheckpointAsyncDuration));
        Assert.Equal((made.NewBytes, made.TotalBytes), (one.LastCheckpointNewBytes, one.LastCheckpointTotalBytes));
    }

    [Fact]
    public async Task Checkpoint_ThatCompletesOrFails_IsLogged()
    {
        using var backend = OpenState();
        await backend.CreateCheckpointAsync(8, Stop);
        var completed = Assert.Single(Logger.Entries, entry => entry.Message.StartsWith("Checkpoint 8 of", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Information, completed.Level);
        Assert.Matches(@"completed: [\d.]+ ms in the caller, [\d.]+ ms after it, (\d+) of \1 bytes and (\d+) of \2 files are new$", completed.Message);
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => backend.CreateCheckpointAsync(7, Stop));
        var failed = Assert.Single(Logger.Entries, entry => entry.Message.StartsWith("Checkpoint 7 of", StringComparison.Ordinal));
        Assert.Equal((LogLevel.Error, failure), (failed.Level, failed.Exception));
    }
}
