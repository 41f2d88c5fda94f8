using System.Collections.Concurrent;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Lifetime;

/// <summary>Eight threads use a backend while it is disposed: each is refused, none is harmed.</summary>
public sealed class ConcurrentDisposeTests : BackendTest
{
    private const int ThreadCount = 8;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    public static TheoryData<string, Action<RocksDBStateBackend, RocksDBColumnFamily>> Works() => new()
    {
        { "put", (_, family) => family.Put("key"u8, "value"u8) },
        { "get", (_, family) => family.Get("key"u8) },
        { "pinned", (_, family) => ReadPinned(family) },
        { "multi-get", (_, family) => ReadMany(family) },
        { "scan", (_, family) => Scan(family) },
        { "batch", Write },
        { "snapshot", (backend, family) => ReadSnapshot(backend, family) },
        { "families", (backend, _) => backend.ColumnFamily("operator_state").Put("key"u8, "value"u8) },
        { "flush", (backend, _) => backend.Flush() },
        { "statistics", (backend, family) => Statistics(backend, family) },
    };

    [Theory]
    [MemberData(nameof(Works), DisableDiscoveryEnumeration = true)]
    public void Work_WhileTheBackendIsDisposed_IsRefused(string name, Action<RocksDBStateBackend, RocksDBColumnFamily> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var backend = Open();
        var family = backend.ColumnFamily("user_state");
        for (var number = 0; number < 100; number++) family.Put(BitConverter.GetBytes(number), new byte[100]);
        using var started = new CountdownEvent(ThreadCount);
        var endings = new ConcurrentBag<Exception>();
        var threads = Enumerable.Range(0, ThreadCount).Select(_ => new Thread(() => endings.Add(WorkUntilRefused(backend, family, work, started)))).ToList();
        threads.ForEach(thread => thread.Start());
        started.Wait(TestContext.Current.CancellationToken);
        backend.Dispose();
        Assert.All(threads, thread => Assert.True(thread.Join(Deadline), "A thread was not refused."));
        Assert.Equal(ThreadCount, endings.Count);
        Assert.All(endings, ending => Assert.True(ending is ObjectDisposedException, $"{name} ended with {ending}."));
        AssertNothingAlive();
    }

    [Fact]
    public void Snapshot_DisposedWhileItIsRead_IsRefused()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        family.Put("key"u8, "value"u8);
        var snapshot = backend.CreateSnapshot();
        using var started = new CountdownEvent(ThreadCount);
        var endings = new ConcurrentBag<Exception>();
        var threads = Enumerable.Range(0, ThreadCount).Select(_ => new Thread(
            () => endings.Add(WorkUntilRefused(backend, family, (_, read) => read.Get("key"u8, snapshot), started)))).ToList();
        threads.ForEach(thread => thread.Start());
        started.Wait(TestContext.Current.CancellationToken);
        snapshot.Dispose();
        Assert.All(threads, thread => Assert.True(thread.Join(Deadline), "A thread was not refused."));
        Assert.All(endings, ending => Assert.IsType<ObjectDisposedException>(ending));
        Assert.Equal("value", Text(family.Get("key"u8)));
    }

    private static Exception WorkUntilRefused(
        RocksDBStateBackend backend, RocksDBColumnFamily family, Action<RocksDBStateBackend, RocksDBColumnFamily> work, CountdownEvent started)
    {
        var first = true;
        try
        {
            while (true)
            {
                work(backend, family);
                if (first) started.Signal();
                first = false;
            }
        }
        catch (Exception exception)
        {
            if (first) started.Signal();
            return exception;
        }
    }

    private static void ReadPinned(RocksDBColumnFamily family)
    {
        using var pinned = family.TryGetPinned([1, 0, 0, 0]);
        Assert.Equal(100, pinned.Value.Length);
    }

    private static void ReadMany(RocksDBColumnFamily family)
    {
        using var keys = new MultiGet();
        keys.Add([1, 0, 0, 0]);
        family.MultiGet(keys);
        Assert.True(keys.TryGetValue(0, out _));
    }

    private static void Scan(RocksDBColumnFamily family)
    {
        var rows = 0;
        foreach (var row in family.Scan(new ScanOptions { PageSizeBytes = 256 })) rows += row.Value.Length == 100 ? 1 : 0;
        Assert.Equal(100, rows);
    }

    private static void Write(RocksDBStateBackend backend, RocksDBColumnFamily family)
    {
        using var batch = new WriteBatch();
        batch.Put(family, "key"u8, "value"u8);
        batch.Delete(family, "key"u8);
        backend.Write(batch);
    }

    private static void ReadSnapshot(RocksDBStateBackend backend, RocksDBColumnFamily family)
    {
        using var snapshot = backend.CreateSnapshot();
        Assert.True(family.Contains([1, 0, 0, 0], snapshot));
    }

    private static void Statistics(RocksDBStateBackend backend, RocksDBColumnFamily family)
    {
        if (backend.GetStatistics().IsStale) family.Contains("key"u8);
    }
}
