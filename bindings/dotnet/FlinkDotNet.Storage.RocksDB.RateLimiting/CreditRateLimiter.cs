using System.Threading.RateLimiting;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The credits of a <see cref="CreditPool"/> as a rate limiter, for middleware and pipelines that take one: a permit is a credit, and a lease gives
/// its credits back when it is disposed. It limits how much is under way, like a concurrency limiter, by a limit that follows the engine's pressure
/// where the pool is attached to a backend. Usable from any thread at once.
/// </summary>
/// <remarks>
/// Waiting takes no thread, is in order and bounded by the limiter's time-out. Zero permits take none: they ask whether there is room at all, and
/// waiting for them waits for that. Disposing closes the limiter's own channel: who waits in it gets a lease that is not acquired, credits that are out
/// are free at once, and the pool, which it does not own, stays.
/// </remarks>
public sealed class CreditRateLimiter : RateLimiter
{
    private readonly CreditChannel _channel;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;
    private readonly object _lock = new();
    private long _successful;
    private long _failed;
    private int _leases;
    private long _idleSince;
    private volatile bool _isDisposed;

    /// <summary>Initializes a new instance of the <see cref="CreditRateLimiter"/> class with a channel of its own.</summary>
    /// <param name="pool">The credits.</param>
    /// <param name="name">Name of the channel.</param>
    /// <param name="timeout">How long <c>AcquireAsync</c> waits at most; <see cref="Timeout.InfiniteTimeSpan"/> without end.</param>
    /// <param name="exclusive">Credits that the channel owns and that are never lent.</param>
    /// <param name="clock">Tells how long the limiter has been idle; null for the system's.</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public CreditRateLimiter(CreditPool pool, string name, TimeSpan timeout, long exclusive = 0, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (timeout != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        _channel = pool.OpenChannel(name, exclusive);
        _timeout = timeout;
        _clock = clock ?? TimeProvider.System;
        _idleSince = _clock.GetTimestamp();
    }

    /// <summary>Gets how long no lease has been out; null while one is.</summary>
    public override TimeSpan? IdleDuration
    {
        get
        {
            lock (_lock) return _leases > 0 ? null : _clock.GetElapsedTime(_idleSince);
        }
    }

    /// <summary>Tells what the pool has, for all its users, and how this limiter's leases came out.</summary>
    /// <returns>The figures; null when the pool was disposed.</returns>
    public override RateLimiterStatistics? GetStatistics()
    {
        try
        {
            var figures = _channel.Pool.GetFigures();
            return new RateLimiterStatistics
            {
                CurrentAvailablePermits = Math.Max(0, figures.Limit - figures.Outstanding),
                CurrentQueuedCount = figures.WaitingCredits,
                TotalSuccessfulLeases = Interlocked.Read(ref _successful),
                TotalFailedLeases = Interlocked.Read(ref _failed),
            };
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return Answer(permitCount, _channel.Acquire(Wanted(permitCount), TimeSpan.Zero), "There are not so many credits.");
        }
        catch (ArgumentException exception)
        {
            throw TooMany(permitCount, exception);
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            var credits = await _channel.AcquireAsync(Wanted(permitCount), _timeout, cancellationToken).ConfigureAwait(false);
            return Answer(permitCount, credits, "There were not so many credits in time.");
        }
        catch (ObjectDisposedException)
        {
            return Failed("The limiter, or its pool, was disposed.");
        }
        catch (ArgumentException exception)
        {
            throw TooMany(permitCount, exception);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isDisposed = true;
            _channel.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override ValueTask DisposeAsyncCore()
    {
        Dispose(disposing: true);
        return base.DisposeAsyncCore();
    }

    /// <summary>Whoever wants none asks with one, which goes back at once.</summary>
    private static int Wanted(int permitCount) => Math.Max(permitCount, 1);

    private static ArgumentOutOfRangeException TooMany(int permitCount, ArgumentException reason) =>
        new(nameof(permitCount), permitCount, reason.Message);

    private CreditLease Answer(int permitCount, Credits credits, string reason)
    {
        if (!credits.IsGranted) return Failed(reason);
        Interlocked.Increment(ref _successful);
        if (permitCount == 0)
        {
            credits.Dispose();
            return new CreditLease(null, null, null);
        }

        lock (_lock) _leases++;
        return new CreditLease(this, credits, null);
    }

    private CreditLease Failed(string reason)
    {
        Interlocked.Increment(ref _failed);
        return new CreditLease(null, null, reason);
    }

    private void Return(Credits credits)
    {
        credits.Dispose();
        lock (_lock)
        {
            if (--_leases == 0) _idleSince = _clock.GetTimestamp();
        }
    }

    /// <summary>Credits that are out, or the reason why there are none.</summary>
    private sealed class CreditLease(CreditRateLimiter? limiter, Credits? credits, string? reason) : RateLimitLease
    {
        private Credits? _credits = credits;

        public override bool IsAcquired => reason is null;

        public override IEnumerable<string> MetadataNames => reason is null ? [] : [MetadataName.ReasonPhrase.Name];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = string.Equals(metadataName, MetadataName.ReasonPhrase.Name, StringComparison.Ordinal) ? reason : null;
            return metadata is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref _credits, null) is { } held) limiter!.Return(held);
            base.Dispose(disposing);
        }
    }
}
