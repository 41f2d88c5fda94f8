using FlinkDotNet.Storage.RocksDB.Interop;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB.Tests.Lifetime;

public sealed class DisposeTests : BackendTest
{
    public static TheoryData<string, Action<RocksDBStateBackend, RocksDBColumnFamily, WriteBatch>> Calls() => new()
    {
        { "ColumnFamily", (backend, _, _) => backend.ColumnFamily("user_state") },
        { "CreateColumnFamily", (backend, _, _) => backend.CreateColumnFamily("new") },
        { "DropColumnFamily", (backend, _, _) => backend.DropColumnFamily("user_state") },
        { "ListColumnFamilies", (backend, _, _) => backend.ListColumnFamilies() },
        { "Write", (backend, _, batch) => backend.Write(batch) },
        { "CreateSnapshot", (backend, _, _) => backend.CreateSnapshot() },
        { "Flush", (backend, _, _) => backend.Flush() },
        { "SyncWal", (backend, _, _) => backend.SyncWal() },
        { "VerifyChecksums", (backend, _, _) => backend.VerifyChecksums() },
        { "SetOptions", (backend, _, _) => backend.SetOptions(new RuntimeOptions { MaxBackgroundJobs = 2 }) },
        { "GetOptionsJson", (backend, _, _) => backend.GetOptionsJson() },
        { "Property", (backend, _, _) => backend.Property("rocksdb.stats") },
        { "InitializeAsync", (backend, _, _) => backend.InitializeAsync().GetAwaiter().GetResult() },
        { "CreateCheckpointAsync", (backend, _, _) => backend.CreateCheckpointAsync(1).GetAwaiter().GetResult() },
        { "NotifyCheckpointComplete", (backend, _, _) => backend.NotifyCheckpointComplete(1) },
        { "NotifyCheckpointAborted", (backend, _, _) => backend.NotifyCheckpointAborted(1) },
        { "Checkpoints List", (backend, _, _) => backend.Checkpoints.List() },
        { "Checkpoints VerifyAsync", (backend, _, _) => backend.Checkpoints.VerifyAsync(1).GetAwaiter().GetResult() },
        { "Checkpoints Discard", (backend, _, _) => backend.Checkpoints.Discard(1) },
        { "Checkpoints Collect", (backend, _, _) => backend.Checkpoints.Collect() },
        { "Put", (_, family, _) => family.Put("key"u8, "value"u8) },
        { "Delete", (_, family, _) => family.Delete("key"u8) },
        { "DeleteRange", (_, family, _) => family.DeleteRange("a"u8, "b"u8) },
        { "TryGet", (_, family, _) => family.TryGet("key"u8, default, out int _) },
        { "Get", (_, family, _) => family.Get("key"u8) },
        { "TryGetPinned", (_, family, _) => family.TryGetPinned("key"u8) },
        { "Contains", (_, family, _) => family.Contains("key"u8) },
        { "MultiGet", (_, family, _) => family.MultiGet(new MultiGet()) },
        { "Scan", (_, family, _) => family.Scan() },
        { "family Flush", (_, family, _) => family.Flush() },
        { "Compact", (_, family, _) => family.Compact() },
        { "family SetOptions", (_, family, _) => family.SetOptions(new ColumnFamilyOptions { WriteBufferSize = 1 << 20 }) },
        { "family Property", (_, family, _) => family.Property("rocksdb.stats") },
    };

    [Theory]
    [MemberData(nameof(Calls), DisableDiscoveryEnumeration = true)]
    public void Call_AfterDispose_IsRefused(string name, Action<RocksDBStateBackend, RocksDBColumnFamily, WriteBatch> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var backend = Open();
        var family = backend.ColumnFamily("user_state");
        using var batch = new WriteBatch();
        batch.Put(family, "key"u8, "value"u8);
        backend.Dispose();
        Assert.True(Record.Exception(() => call(backend, family, batch)) is ObjectDisposedException, $"{name} was not refused after dispose.");
    }

    [Fact]
    public async Task Dispose_ManyTimesAndWays_ClosesOnce()
    {
        var backend = Open();
        backend.Dispose();
        backend.Dispose();
        await backend.DisposeAsync();
        Assert.Single(Logger.Entries, entry => entry.Message.EndsWith("closed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DisposeAsync_FromManyTasks_ClosesOnce()
    {
        var backend = Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => backend.DisposeAsync().AsTask()));
        Assert.Single(Logger.Entries, entry => entry.Message.EndsWith("closed", StringComparison.Ordinal));
        using var again = Open();
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public void Objects_DisposedInAnyOrder_LeaveNothing(int first, int second, int third)
    {
        var resources = new SharedResources(8 << 20);
        var backend = Open(Options(), resources);
        backend.ColumnFamily("default").Put("key"u8, "value"u8);
        var snapshot = backend.CreateSnapshot();
        var objects = new IDisposable[] { resources, backend, snapshot };
        foreach (var index in new[] { first, second, third }) objects[index].Dispose();
        AssertNothingAlive();
    }

    [Fact]
    public void Scan_OpenWhileTheBackendIsDisposed_EndsWithARefusal()
    {
        var backend = Open();
        var family = backend.ColumnFamily("default");
        family.Put("a"u8, "1"u8);
        var scan = family.Scan(new ScanOptions { PageSizeBytes = 1 });
        backend.Dispose();
        Exception? failure = null;
        try
        {
            while (scan.MoveNext())
            {
            }
        }
        catch (ObjectDisposedException exception)
        {
            failure = exception;
        }

        Assert.NotNull(failure);
        scan.Dispose();
        using var again = Open();
    }

    [Fact]
    public void PinnedValue_HeldAtTheDeadline_StaysReadableAndIsLogged()
    {
        var options = Options();
        options.CloseTimeout = TimeSpan.FromMilliseconds(50);
        var backend = Open(options);
        var family = backend.ColumnFamily("default");
        family.Put("key"u8, "value"u8);
        var pinned = family.TryGetPinned("key"u8);
        backend.Dispose();
        Assert.Equal("value", Text(pinned.Value));
        Assert.Single(Logger.Entries, entry => entry.Level == LogLevel.Warning && entry.Message.Contains("50 ms"));
        pinned.Dispose();
        using var again = Open();
        Assert.Equal("value", Text(again.ColumnFamily("default").Get("key"u8)));
    }

    [Fact]
    public void Objects_ForgottenByTheirUser_AreFreedByTheirFinalizers()
    {
        Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        AssertNothingAlive();
        using var again = Open();
    }

    [Fact]
    public void Handle_FreedTwiceByHand_IsRefusedByTheLibrary()
    {
        using var backend = Open();
        var handle = backend.CreateSnapshot().Handle;
        nint ticket;
        using (var lease = handle.Lease()) ticket = lease.Pointer;
        handle.Dispose();
        Assert.Equal((int)StateBackendStatus.InvalidHandle, NativeMethods.fsb_snapshot_free(ticket));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void Forget()
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() =>
        {
            var backend = Open();
            var family = backend.ColumnFamily("default");
            family.Put("key"u8, "value"u8);
            _ = backend.CreateSnapshot();
            _ = family.Scan().MoveNext();
            _ = family.TryGetPinned("key"u8).Found;
        }));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
