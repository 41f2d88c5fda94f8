using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB.Tests.Checkpoints;

/// <summary>Checkpoints that come to nothing: the next one works, and nothing hangs.</summary>
public sealed class CheckpointEndTests : CheckpointTest
{
    [Fact]
    public async Task Checkpoint_CancelledBeforeItBegins_IsNone()
    {
        using var backend = OpenState();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var call = backend.CreateCheckpointAsync(1, cancelled.Token);
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(cancelled.Token, failure.CancellationToken);
        Assert.Equal(TaskStatus.Canceled, call.Status);
        Assert.Empty(backend.Checkpoints.List());
        await backend.CreateCheckpointAsync(1, Stop);
    }

    [Fact]
    public async Task Checkpoint_CancelledOnItsWay_EndsAndLeavesNothing()
    {
        using var backend = OpenState(options => options.CheckpointTransferThreads = 1);
        PutMuch(backend);
        using var cancelled = new CancellationTokenSource();
        var call = backend.CreateCheckpointAsync(1, new AtEachReport(_ => cancelled.Cancel()), cancelled.Token);
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(cancelled.Token, failure.CancellationToken);
        Assert.Equal(TaskStatus.Canceled, call.Status);
        Assert.Empty(backend.Checkpoints.List());
        Assert.Contains(Logger.Entries, entry => entry.Message == $"Checkpoint 1 of the state backend at {DataDirectory} was cancelled");
        Assert.DoesNotContain(Logger.Entries, entry => entry.Level == LogLevel.Error);
        var next = await backend.CreateCheckpointAsync(2, Stop);
        Assert.Equal(next.TotalBytes, next.NewBytes);
        backend.Dispose();      // waits for the library's threads
        using var store = new CheckpointStore(CheckpointDirectory);
        Assert.Equal(new CheckpointFiles(0, 0), store.Collect());
    }

    [Fact]
    public async Task Checkpoint_AbortedOnItsWay_IsCancelledForItsCaller()
    {
        using var backend = OpenState(options => options.CheckpointTransferThreads = 1);
        PutMuch(backend);
        var call = backend.CreateCheckpointAsync(1, new AtEachReport(_ => backend.NotifyCheckpointAborted(1)), Stop);
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Contains("it was aborted", failure.Message, StringComparison.Ordinal);
        Assert.Empty(backend.Checkpoints.List());
    }

    [Fact]
    public async Task Checkpoint_WhoseBackendIsDisposed_IsCancelled()
    {
        var backend = OpenState(options => options.CheckpointTransferThreads = 1);
        PutMuch(backend);
        var call = backend.CreateCheckpointAsync(1, new AtEachReport(_ => backend.Dispose()), Stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        AssertNothingAlive();
        using var again = OpenState();
        Assert.Empty(again.Checkpoints.List());
        await again.CreateCheckpointAsync(1, Stop);
    }

    [Fact]
    public void Checkpoint_WhoseBackendCannotCloseYet_IsCancelledAllTheSame()
    {
        var backend = OpenState(options => (options.CheckpointTransferThreads, options.CloseTimeout) = (1, TimeSpan.Zero));
        PutMuch(backend);
        AssertCancelledWhileAValueIsPinned(backend);
    }

    [Fact]
    public async Task Checkpoint_AfterDispose_IsRefused()
    {
        var backend = OpenState();
        await backend.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => backend.CreateCheckpointAsync(1, Stop));
        Assert.Throws<ObjectDisposedException>(() => backend.NotifyCheckpointComplete(1));
        Assert.Throws<ObjectDisposedException>(backend.Checkpoints.List);
    }

    [Fact]
    public async Task Checkpoint_OverItsTime_IsGivenUpAndSaysAtWhichStep()
    {
        using (var backend = OpenState(options => options.CheckpointTimeout = TimeSpan.FromTicks(1)))
        {
            PutMuch(backend);
            var failure = await Assert.ThrowsAsync<CheckpointExpiredException>(() => backend.CreateCheckpointAsync(1, Stop));
            Assert.Equal(StateBackendStatus.CheckpointExpired, failure.Status);
            Assert.Contains("checkpoint 1 was given up at its deadline, while it was to ", failure.Message, StringComparison.Ordinal);
        }

        using var patient = OpenState(options => options.CheckpointTimeout = TimeSpan.Zero);
        await patient.CreateCheckpointAsync(1, Stop);
    }

    [Fact]
    public async Task Checkpoint_ThatCannotBeStored_SaysAtWhichStep_AndTheNextOneWorks()
    {
        using var backend = OpenState();
        Put(backend, "key", "value");
        Directory.CreateDirectory(CheckpointDirectory);
        File.WriteAllText(Path.Combine(CheckpointDirectory, "shared"), "a file");
        var failure = await Assert.ThrowsAsync<StateBackendIOException>(() => backend.CreateCheckpointAsync(1, Stop));
        Assert.Matches(@"^checkpoint 1 failed to store '(\d+\.sst|OPTIONS-\d+)': ", failure.Message);
        Assert.Contains(Logger.Entries, entry => entry.Level == LogLevel.Error && entry.Exception == failure);
        Put(backend, "goes", "on");
        File.Delete(Path.Combine(CheckpointDirectory, "shared"));
        await backend.CreateCheckpointAsync(1, Stop);
    }

    [Fact]
    public async Task Checkpoint_IntoTheFolderOfAnotherBackend_IsRefused()
    {
        using var backend = OpenState();
        await backend.CreateCheckpointAsync(1, Stop);
        using var other = Open(OptionsOf("other"));
        var failure = await Assert.ThrowsAsync<StateBackendException>(() => other.CreateCheckpointAsync(2, Stop));
        Assert.Equal(StateBackendStatus.InUse, failure.Status);
        Assert.Contains(CheckpointDirectory, failure.Message, StringComparison.Ordinal);
    }

    private static void AssertCancelledWhileAValueIsPinned(RocksDBStateBackend backend)
    {
        using var pinned = backend.ColumnFamily("default").TryGetPinned([1]);
        var call = backend.CreateCheckpointAsync(1, new AtEachReport(_ => backend.Dispose()), Stop);
        Assert.ThrowsAny<OperationCanceledException>(call.GetAwaiter().GetResult);
    }
}
