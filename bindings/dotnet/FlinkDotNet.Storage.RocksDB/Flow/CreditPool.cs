using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The credits of one stage: permission to send, counted in a unit that its users agree on. A sender takes credits through a
/// <see cref="CreditChannel"/> before it writes and gives them back when the write has left the stage; who finds none waits in the pool's queue,
/// whose deadlines bound the wait, and not in the engine. Credits are conserved: through time-outs, cancellation and disposal, what is out and
/// what is free are the capacity. Usable from any thread at once.
/// </summary>
/// <remarks>
/// Calls that wait asynchronously block no thread: one background thread of the pool, started with the first of them, answers all, and no
/// user's code runs on it. A pool and its channels that are forgotten are freed by their finalizers, unless calls wait in them.
/// </remarks>
public sealed class CreditPool : IDisposable
{
    private readonly CreditPoolHandle _handle;
    private readonly MeteredSubject<CreditFigures> _metered;

    /// <summary>Initializes a new instance of the <see cref="CreditPool"/> class, all of whose credits are free.</summary>
    /// <param name="options">How many credits there are.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    /// <exception cref="StateBackendLibraryException">The native library could not be loaded.</exception>
    public CreditPool(CreditPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.Name);
        Name = options.Name;
        _handle = CreditPoolHandle.Create(Name, OptionsDocument.CreditPool(options));
        Pump = new CreditPump(Name, _handle.Ticket);
        _metered = CreditMeter.Shared.Add(Name, GetFigures);
    }

    /// <summary>Gets the name of the pool.</summary>
    public string Name { get; }

    /// <summary>Gets how long disposal waits for the thread that answers calls: it ends when all are answered.</summary>
    internal TimeSpan JoinDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets what answers the calls that wait asynchronously.</summary>
    internal CreditPump Pump { get; }

    /// <summary>Opens a channel. Channels that wait are served in turns, however many calls each of them has in the queue.</summary>
    /// <param name="name">Name of the channel, for errors; at most 255 bytes in UTF-8.</param>
    /// <param name="exclusive">
    /// Credits of the capacity that are its own and never lent; the others float. All channels together own at most half of the capacity, and,
    /// while the limit is lower, of the limit, in proportion.
    /// </param>
    /// <returns>The channel, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The name is too long, or the channels would own too much; the message names both numbers.</exception>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public CreditChannel OpenChannel(string name, long exclusive = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (exclusive < 0) throw new ArgumentOutOfRangeException(nameof(exclusive), exclusive, $"The channel '{name}' cannot own less than 0 credits.");
        return new CreditChannel(this, name, _handle.OpenChannel(name, exclusive));
    }

    /// <summary>Sets how many credits may be out. Below what is out, nothing is granted until the difference came back.</summary>
    /// <param name="limit">Credits, from 0 for none; at most the capacity counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative.</exception>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public void SetLimit(long limit)
    {
        if (limit < 0) throw new ArgumentOutOfRangeException(nameof(limit), limit, $"The limit of the credit pool '{Name}' must be 0 or more.");
        _handle.SetLimit(limit);
    }

    /// <summary>
    /// Has the limit follow the pressure of a backend, from the full capacity on: the library looks ten times a second, on a thread of its own.
    /// A pool follows one backend; a backend may steer many pools, and tells the longest wait in their queues as
    /// <see cref="BackPressure.QueueWaitShare"/>.
    /// </summary>
    /// <remarks>
    /// The pool keeps the backend neither open nor from disposal. After that nothing is known of its pressure, and the limit falls, step by
    /// step, to twice the largest request and stays there until the pool is detached. <see cref="SetLimit"/> holds until the next step only.
    /// </remarks>
    /// <param name="backend">Whose pressure counts.</param>
    /// <exception cref="InvalidOperationException">The pool is attached already; the message names the data folder.</exception>
    /// <exception cref="ObjectDisposedException">The pool or the backend was disposed.</exception>
    public void Attach(RocksDBStateBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _handle.Attach(backend.Handle);
    }

    /// <summary>
    /// Ends what <see cref="Attach"/> began; the limit stays as it is. Does nothing when the pool is not attached. Disposal detaches as well.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public void Detach() => _handle.Detach();

    /// <summary>Tells what the pool is like now.</summary>
    /// <returns>Its figures.</returns>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public CreditFigures GetFigures() => CreditFigures.From(_handle.Figures());

    /// <summary>
    /// Closes the pool: every call that waits in its channels, and every later one, fails with <see cref="ObjectDisposedException"/>. When it
    /// returns, the calls that waited asynchronously have been answered, those that ended before as they ended; should that take longer than
    /// ten seconds, the rest fail as well. Credits that are out may still be disposed. A second time does nothing.
    /// </summary>
    public void Dispose()
    {
        CreditMeter.Shared.Remove(_metered);
        _handle.EndCalls();
        Pump.Join(JoinDeadline);
        _handle.Dispose();
    }
}
