namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Credits that are out for the caller. Disposing gives them back, once, when what they were for has left the stage. There is no finalizer:
/// credits that are forgotten stay out until their channel is disposed. Usable from any thread.
/// </summary>
public sealed class Credits : IDisposable
{
    private readonly CreditChannel? _channel;
    private int _isReturned;

    /// <summary>Initializes a new instance of the <see cref="Credits"/> class.</summary>
    internal Credits(CreditChannel? channel, long count)
    {
        _channel = channel;
        Count = count;
    }

    /// <summary>Gets how many credits were granted; 0 when the time was up, or when a request found none. It does not change.</summary>
    public long Count { get; }

    /// <summary>Gets a value indicating whether any credits were granted.</summary>
    public bool IsGranted => Count > 0;

    /// <summary>Gets no credits: the answer to a call that was granted none.</summary>
    internal static Credits None { get; } = new(null, 0);

    /// <summary>The credits of an answer.</summary>
    internal static Credits Of(CreditChannel channel, long count) => count > 0 ? new Credits(channel, count) : None;

    /// <summary>
    /// Gives the credits back, in place of <see cref="Dispose"/>, because the engine had no room for the write that they were for
    /// (<see cref="RocksDBStateBackend.TryWrite"/>), and counts a congestion, which lowers the limit where a control law steers it.
    /// After the channel was disposed it does nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">None were granted.</exception>
    /// <exception cref="ObjectDisposedException">They were given back before.</exception>
    public void Refund()
    {
        if (_channel is null) throw new InvalidOperationException("There are no credits to refund: the call was granted none.");
        if (!TakeOnce())
        {
            throw new ObjectDisposedException(nameof(Credits), $"The {Count} credits of the channel '{_channel.Name}' have been given back before.");
        }

        _channel.Handle.Refund(Count);
    }

    /// <summary>Gives the credits back. A second time, or after the channel was disposed, does nothing.</summary>
    public void Dispose()
    {
        if (_channel is not null && TakeOnce()) _channel.Handle.Replenish(Count);
    }

    private bool TakeOnce() => Interlocked.Exchange(ref _isReturned, 1) == 0;
}
