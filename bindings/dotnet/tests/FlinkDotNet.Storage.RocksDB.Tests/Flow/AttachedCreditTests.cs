using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Flow;

/// <summary>A pool whose limit follows the pressure of a backend: between 100 credits and twice its largest request.</summary>
public sealed class AttachedCreditTests : BackendTest
{
    private const int Floor = 20;
    private readonly CreditPool _pool;

    public AttachedCreditTests() => _pool = new CreditPool(new CreditPoolOptions { Name = "stage", Capacity = 100, LargestRequest = 10 });

    /// <summary>Flushes too slow for the writes, until the engine takes none.</summary>
    [Fact]
    public void Limit_OfAStoppedEngine_FallsToAProbe()
    {
        var options = Options();
        options.WriteBufferSize = 64 << 10;
        options.MaxWriteBufferNumber = 2;
        options.RateLimiterBytesPerSecond = 32 << 10;
        using var backend = Open(options);
        using var batch = new WriteBatch();
        batch.Put(backend.ColumnFamily("default"), "key"u8, new byte[4096]);
        _pool.Attach(backend);
        Assert.Equal(100, _pool.GetFigures().Limit);
        CreditFigures figures;
        do
        {
            _ = backend.TryWrite(batch);
            figures = _pool.GetFigures();
        }
        while (!figures.IsProbing);

        Assert.Equal(Floor, figures.Limit);
        _pool.Detach();
    }

    [Fact]
    public void Wait_ForCredits_IsToldAsPressure()
    {
        using var backend = Open();
        using var channel = _pool.OpenChannel("source");
        using var all = channel.Request(100);
        _pool.Attach(backend);
        var waiting = channel.AcquireAsync(1, Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);
        while (backend.GetBackPressure().QueueWaitShare < 1) Thread.Yield();
        Assert.Equal(1, backend.GetBackPressure().Effective);
        Assert.False(waiting.IsCompleted);
        _pool.Detach();
        Assert.Equal(0, backend.GetBackPressure().QueueWaitShare);
    }

    [Fact]
    public void Pool_FollowsOneBackend()
    {
        using var backend = Open();
        var options = Options();
        options.DataDirectory = Folder.At("other");
        using var other = Open(options);
        _pool.Detach();
        _pool.Attach(backend);
        foreach (var next in new[] { backend, other })
        {
            var refusal = Assert.Throws<InvalidOperationException>(() => _pool.Attach(next)).Message;
            Assert.Contains("'stage'", refusal, StringComparison.Ordinal);
            Assert.Contains($"'{DataDirectory}'", refusal, StringComparison.Ordinal);
        }

        _pool.Detach();
        _pool.Detach();
        _pool.Attach(other);
    }

    [Fact]
    public void Backend_Disposed_LeavesTheFloor()
    {
        var backend = Open();
        _pool.Attach(backend);
        backend.Dispose();
        while (_pool.GetFigures().Limit != Floor) Thread.Yield();
        Assert.DoesNotContain("'stage'", Assert.Throws<ObjectDisposedException>(() => _pool.Attach(backend)).Message, StringComparison.Ordinal);
        using var reopened = Open();
        Assert.Throws<InvalidOperationException>(() => _pool.Attach(reopened));
        _pool.Detach();
        _pool.Attach(reopened);
    }

    [Fact]
    public void Pool_Disposed_LetsGoOfTheBackend()
    {
        var backend = Open();
        _pool.Attach(backend);
        _pool.Dispose();
        Assert.Contains("'stage'", Assert.Throws<ObjectDisposedException>(() => _pool.Attach(backend)).Message, StringComparison.Ordinal);
        Assert.Contains("'stage'", Assert.Throws<ObjectDisposedException>(_pool.Detach).Message, StringComparison.Ordinal);
        Assert.Equal(0, backend.GetBackPressure().QueueWaitShare);
        backend.Dispose();
        Open().Dispose();
        Assert.Throws<ArgumentNullException>(() => _pool.Attach(null!));
    }

    protected override void Dispose(bool disposing)
    {
        _pool.Dispose();
        base.Dispose(disposing);
    }
}
