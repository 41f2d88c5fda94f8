using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A sender's way to the credits of a <see cref="CreditPool"/>. Calls of a channel are served in the order in which they came; channels take
/// turns. Usable from any thread at once.
/// </summary>
public sealed class CreditChannel : IDisposable
{
    /// <summary>Initializes a new instance of the <see cref="CreditChannel"/> class.</summary>
    internal CreditChannel(CreditPool pool, string name, CreditChannelHandle handle)
    {
        Pool = pool;
        Name = name;
        Handle = handle;
    }

    /// <summary>Gets the pool, which is not closed before the channel unless somebody disposes it.</summary>
    public CreditPool Pool { get; }

    /// <summary>Gets the name of the channel.</summary>
    public string Name { get; }

    /// <summary>Gets the native object.</summary>
    internal CreditChannelHandle Handle { get; }

    /// <summary>Takes as many credits as there are, at once, and never overtakes a call that waits.</summary>
    /// <param name="most">The most credits wanted, from 1.</param>
    /// <returns>The credits, possibly fewer than wanted, and possibly none; the caller disposes them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 is wanted.</exception>
    /// <exception cref="ObjectDisposedException">The channel or its pool was disposed.</exception>
    public Credits Request(long most)
    {
        CheckAtLeastOne(most, nameof(most));
        return Credits.Of(this, Handle.Request(most));
    }

    /// <summary>Takes credits, all that are asked for, and blocks the thread until its turn has come and there are enough.</summary>
    /// <param name="credits">The credits, from 1 to the pool's largest request.</param>
    /// <param name="timeout">How long to wait at most, in milliseconds rounded up; <see cref="Timeout.InfiniteTimeSpan"/> without end.</param>
    /// <returns>The credits, which the caller disposes; none when the time is up: see <see cref="Credits.IsGranted"/>.</returns>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The channel or its pool was disposed, before the call or while it waited.</exception>
    public Credits Acquire(long credits, TimeSpan timeout)
    {
        CheckAtLeastOne(credits, nameof(credits));
        return Handle.Acquire(credits, MillisOf(timeout)) ? new Credits(this, credits) : Credits.None;
    }

    /// <summary>As <see cref="Acquire"/>, but blocks no thread. The continuation runs on the thread pool.</summary>
    /// <param name="credits">The credits, from 1 to the pool's largest request.</param>
    /// <param name="timeout">How long to wait at most, in milliseconds rounded up; <see cref="Timeout.InfiniteTimeSpan"/> without end.</param>
    /// <param name="cancellationToken">Ends the wait. Credits that were granted before are given to the caller nevertheless.</param>
    /// <returns>The credits, which the caller disposes; none when the time is up: see <see cref="Credits.IsGranted"/>.</returns>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The channel or its pool was disposed, before the call or while it waited.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; no credits are out for it.</exception>
    public Task<Credits> AcquireAsync(long credits, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        CheckAtLeastOne(credits, nameof(credits));
        var millis = MillisOf(timeout);
        return cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<Credits>(cancellationToken)
            : Pool.Pump.Post(this, credits, millis, cancellationToken);
    }

    /// <summary>
    /// Closes the channel: calls that wait in it, and later ones, fail with <see cref="ObjectDisposedException"/>; credits that are out of it are
    /// free at once, and disposing them later does nothing. A second time does nothing.
    /// </summary>
    public void Dispose() => Handle.Dispose();

    private static long MillisOf(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan) return NativeMethods.FSB_NO_DEADLINE;
        if (timeout >= TimeSpan.Zero) return (long)Math.Ceiling(timeout.TotalMilliseconds);
        throw new ArgumentOutOfRangeException(
            nameof(timeout), timeout, $"A timeout must be 0 or more, or {nameof(Timeout)}.{nameof(Timeout.InfiniteTimeSpan)} to wait without end.");
    }

    private void CheckAtLeastOne(long credits, string parameter)
    {
        if (credits < 1) throw new ArgumentOutOfRangeException(parameter, credits, $"The channel '{Name}' must be asked for at least 1 credit.");
    }
}
