using System.Diagnostics.CodeAnalysis;

// The public surface of System.Threading.RateLimiting 8.0.0 that a limiter of one's own meets, member for member: that package cannot be
// restored where these tests are built. Where it can, the project FlinkDotNet.Storage.RocksDB.RateLimiting takes the original instead.
#pragma warning disable SA1402, SA1649, MA0048 // One file stands for the package.
namespace System.Threading.RateLimiting;

public abstract class RateLimiter : IAsyncDisposable, IDisposable
{
    public abstract TimeSpan? IdleDuration { get; }

    public abstract RateLimiterStatistics? GetStatistics();

    public RateLimitLease AttemptAcquire(int permitCount = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permitCount);
        return AttemptAcquireCore(permitCount);
    }

    public ValueTask<RateLimitLease> AcquireAsync(int permitCount = 1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permitCount);
        return cancellationToken.IsCancellationRequested
            ? new ValueTask<RateLimitLease>(Task.FromCanceled<RateLimitLease>(cancellationToken))
            : AcquireAsyncCore(permitCount, cancellationToken);
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    public async ValueTask DisposeAsync()
    {
        await DisposeAsyncCore().ConfigureAwait(false);
        Dispose(disposing: false);
        GC.SuppressFinalize(this);
    }

    protected abstract RateLimitLease AttemptAcquireCore(int permitCount);

    protected abstract ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken);

    protected virtual void Dispose(bool disposing)
    {
    }

    protected virtual ValueTask DisposeAsyncCore() => default;
}

public abstract class RateLimitLease : IDisposable
{
    public abstract bool IsAcquired { get; }

    public abstract IEnumerable<string> MetadataNames { get; }

    public abstract bool TryGetMetadata(string metadataName, out object? metadata);

    public bool TryGetMetadata<T>(MetadataName<T> metadataName, [MaybeNull] out T metadata)
    {
        ArgumentNullException.ThrowIfNull(metadataName);
        if (TryGetMetadata(metadataName.Name, out var found) && found is T value)
        {
            metadata = value;
            return true;
        }

        metadata = default;
        return false;
    }

    public virtual IEnumerable<KeyValuePair<string, object?>> GetAllMetadata()
    {
        foreach (var name in MetadataNames)
        {
            if (TryGetMetadata(name, out var metadata)) yield return new KeyValuePair<string, object?>(name, metadata);
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

public class RateLimiterStatistics
{
    public long CurrentAvailablePermits { get; init; }

    public long CurrentQueuedCount { get; init; }

    public long TotalFailedLeases { get; init; }

    public long TotalSuccessfulLeases { get; init; }
}

public static class MetadataName
{
    public static MetadataName<TimeSpan> RetryAfter { get; } = Create<TimeSpan>("RETRY_AFTER");

    public static MetadataName<string> ReasonPhrase { get; } = Create<string>("REASON_PHRASE");

    public static MetadataName<T> Create<T>(string name) => new(name);
}

public sealed class MetadataName<T>(string name) : IEquatable<MetadataName<T>>
{
    public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name));

    public static bool operator ==(MetadataName<T> left, MetadataName<T> right) => left.Equals(right);

    public static bool operator !=(MetadataName<T> left, MetadataName<T> right) => !(left == right);

    public override string ToString() => Name;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is MetadataName<T> other && Equals(other);

    public bool Equals(MetadataName<T>? other) => other is not null && string.Equals(Name, other.Name, StringComparison.Ordinal);
}
