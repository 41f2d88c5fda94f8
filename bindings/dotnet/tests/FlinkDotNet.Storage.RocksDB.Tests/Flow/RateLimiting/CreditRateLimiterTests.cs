using System.Threading.RateLimiting;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Flow.RateLimiting;

public sealed class CreditRateLimiterTests : BackendTest
{
    private readonly StepClock _clock = new();
    private readonly CreditPool _pool;
    private readonly CreditRateLimiter _limiter;

    // Not where they are declared: what is made there is made before the objects that are alive are counted.
    public CreditRateLimiterTests()
    {
        _pool = new CreditPool(new CreditPoolOptions { Capacity = 10, LargestRequest = 5 });
        _limiter = new CreditRateLimiter(_pool, "limiter", Timeout.InfiniteTimeSpan, clock: _clock);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void AttemptAcquire_TakesAllOrNone_AndDisposeOfTheLeaseGivesThemBack()
    {
        using (var first = _limiter.AttemptAcquire(5))
        using (var second = _limiter.AttemptAcquire(4))
        {
            Assert.True(first.IsAcquired && second.IsAcquired);
            Assert.Empty(first.MetadataNames);
            using var third = _limiter.AttemptAcquire(2);
            Assert.False(third.IsAcquired);
            Assert.True(third.TryGetMetadata(MetadataName.ReasonPhrase, out var reason));
            Assert.Equal("There are not so many credits.", reason);
            Assert.Equal(9, _pool.GetFigures().Outstanding);
        }

        Assert.Equal(0, _pool.GetFigures().Outstanding);
    }

    [Fact]
    public void Lease_DisposedTwice_GivesItsCreditsBackOnce()
    {
        var lease = _limiter.AttemptAcquire(3);
        using var other = _limiter.AttemptAcquire(3);
        lease.Dispose();
        lease.Dispose();
        Assert.Equal(3, _pool.GetFigures().Outstanding);
    }

    [Fact]
    public async Task AcquireAsync_WaitsInOrderUntilThereAreEnough()
    {
        var all = TakeAll();
        var first = _limiter.AcquireAsync(5, Stop).AsTask();
        var second = _limiter.AcquireAsync(1, Stop).AsTask();
        Assert.Equal(6, _limiter.GetStatistics()!.CurrentQueuedCount);
        all[0].Dispose();
        using var granted = await first;
        Assert.True(granted.IsAcquired);
        Assert.False(second.IsCompleted);
        all[1].Dispose();
        using var next = await second;
        Assert.True(next.IsAcquired);
        Assert.Equal(6, _pool.GetFigures().Outstanding);
    }

    [Fact]
    public async Task AcquireAsync_ThatIsCancelled_LosesNothing()
    {
        var all = TakeAll();
        using var cancel = new CancellationTokenSource();
        var waiting = _limiter.AcquireAsync(2, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _limiter.AcquireAsync(2, cancel.Token).AsTask());
        Assert.All(all, lease => lease.Dispose());
        Assert.Equal((0, 0), (_pool.GetFigures().Outstanding, _pool.GetFigures().WaitingCalls));
    }

    [Fact]
    public async Task AcquireAsync_BeyondItsTime_GivesALeaseThatIsNotAcquired()
    {
        using var hasty = new CreditRateLimiter(_pool, "hasty", TimeSpan.FromMilliseconds(1));
        var all = TakeAll();
        using var lease = await hasty.AcquireAsync(1, Stop);
        Assert.False(lease.IsAcquired);
        Assert.Equal([new("REASON_PHRASE", "There were not so many credits in time.")], lease.GetAllMetadata());
        Assert.False(lease.TryGetMetadata(MetadataName.RetryAfter, out _));
        Assert.All(all, taken => taken.Dispose());
    }

    [Fact]
    public async Task ZeroPermits_TakeNone_AndAskForRoom()
    {
        using (var free = _limiter.AttemptAcquire(0)) Assert.True(free.IsAcquired);
        using (var free = await _limiter.AcquireAsync(0, Stop)) Assert.True(free.IsAcquired);
        Assert.NotNull(_limiter.IdleDuration);
        var all = TakeAll();
        using (var none = _limiter.AttemptAcquire(0)) Assert.False(none.IsAcquired);
        var waiting = _limiter.AcquireAsync(0, Stop).AsTask();
        Assert.False(waiting.IsCompleted);
        all[0].Dispose();
        Assert.True((await waiting).IsAcquired);
        Assert.Equal(5, _pool.GetFigures().Outstanding);
        all[1].Dispose();
    }

    [Fact]
    public async Task PermitCount_BeyondThePoolsLargestRequest_OrBelowZero_IsRefused()
    {
        Assert.Equal("permitCount", Assert.Throws<ArgumentOutOfRangeException>(() => _limiter.AttemptAcquire(6)).ParamName);
        Assert.Equal("permitCount", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _limiter.AcquireAsync(6, Stop).AsTask())).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => _limiter.AttemptAcquire(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CreditRateLimiter(_pool, "none", TimeSpan.FromSeconds(-2)));
    }

    [Fact]
    public void Statistics_CountLeases_AndTellWhatThePoolHas()
    {
        using (_limiter.AttemptAcquire(4))
        using (_limiter.AttemptAcquire(5))
        {
            _limiter.AttemptAcquire(3).Dispose();
            var busy = _limiter.GetStatistics()!;
            Assert.Equal((1, 0, 2, 1), (busy.CurrentAvailablePermits, busy.CurrentQueuedCount, busy.TotalSuccessfulLeases, busy.TotalFailedLeases));
            _pool.SetLimit(6);
            Assert.Equal(0, _limiter.GetStatistics()!.CurrentAvailablePermits);
        }

        Assert.Equal(6, _limiter.GetStatistics()!.CurrentAvailablePermits);
        _pool.Dispose();
        Assert.Null(_limiter.GetStatistics());
    }

    [Fact]
    public void IdleDuration_CountsFromTheEndOfTheLastLease()
    {
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), _limiter.IdleDuration);
        var lease = _limiter.AttemptAcquire();
        Assert.Null(_limiter.IdleDuration);
        lease.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), _limiter.IdleDuration);
        _limiter.AttemptAcquire(0).Dispose();
        Assert.Equal(TimeSpan.FromSeconds(2), _limiter.IdleDuration);
    }

    [Fact]
    public async Task DisposeAsync_AnswersWhoWaits_FreesWhatIsOut_AndLeavesThePool()
    {
        var all = TakeAll();
        var waiting = _limiter.AcquireAsync(1, Stop).AsTask();
        await _limiter.DisposeAsync();
        Assert.False((await waiting).IsAcquired);
        Assert.Throws<ObjectDisposedException>(() => _limiter.AttemptAcquire());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _limiter.AcquireAsync(1, Stop).AsTask());
        Assert.All(all, lease => lease.Dispose());
        Assert.Equal(0, _pool.GetFigures().Outstanding);
        await _limiter.DisposeAsync();
        using var other = new CreditRateLimiter(_pool, "other", TimeSpan.Zero);
        using var lease = other.AttemptAcquire(5);
        Assert.True(lease.IsAcquired);
    }

    protected override void Dispose(bool disposing)
    {
        _limiter.Dispose();
        _pool.Dispose();
        base.Dispose(disposing);
    }

    private RateLimitLease[] TakeAll() => [_limiter.AttemptAcquire(5), _limiter.AttemptAcquire(5)];
}
