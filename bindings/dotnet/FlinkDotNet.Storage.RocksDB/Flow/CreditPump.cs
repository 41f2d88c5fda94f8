using System.Collections.Concurrent;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Answers the calls of one pool that wait asynchronously, on a thread that waits for their ends in the library. It has the pool's ticket
/// only, so that the thread does not keep a forgotten pool from its finalizer; the thread ends when the pool is closed and all is told, or freed.
/// </summary>
internal sealed class CreditPump(string poolName, nint pool)
{
    private const int PageLength = 64;

    private readonly object _lock = new();
    private readonly ConcurrentDictionary<ulong, Waiter> _waiters = new();
    private Thread? _thread;
    private ulong _lastNumber;
    private Failure _end;
    private volatile bool _hasEnded;

    /// <summary>Queues a call. What the library refuses is thrown here; how the call ended is told by the task.</summary>
    public Task<Credits> Post(CreditChannel channel, long credits, long timeoutMillis, CancellationToken cancellationToken)
    {
        EnsureStarted();
        var waiter = new Waiter(channel, Interlocked.Increment(ref _lastNumber), cancellationToken);
        // In the list before it is posted: it may end at once.
        _waiters[waiter.Number] = waiter;
        try
        {
            channel.Handle.Post(credits, timeoutMillis, waiter.Number);
        }
        catch when (_waiters.TryRemove(waiter.Number, out _))
        {
            throw;
        }

        // The thread may have ended before the call was in the list.
        if (_hasEnded) AnswerAll(_end);
        return cancellationToken.CanBeCanceled ? AnswerOf(waiter, cancellationToken) : waiter.Task;
    }

    /// <summary>
    /// Waits until the thread has answered every call and ended, as it does when the pool is closed. False when the time is up before: then
    /// the calls have been refused here.
    /// </summary>
    public bool Join(TimeSpan patience)
    {
        Thread? thread;
        lock (_lock) thread = _thread;
        if (thread is null || thread.Join(patience)) return true;
        AnswerAll(new Failure(StateBackendStatus.Closed, string.Empty));
        return false;
    }

    private static async Task<Credits> AnswerOf(Waiter waiter, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(static state => ((Waiter)state!).Cancel(), waiter);
        return await waiter.Task.ConfigureAwait(false);
    }

    private void EnsureStarted()
    {
        if (Volatile.Read(ref _thread) is not null) return;
        lock (_lock)
        {
            if (_thread is not null) return;
            var thread = new Thread(Run) { IsBackground = true, Name = $"credits of {poolName}" };
            thread.UnsafeStart();
            Volatile.Write(ref _thread, thread);
        }
    }

    private void Run()
    {
        var ended = new fsb_credit_completion[PageLength];
        while (CreditPoolHandle.NextCompletions(pool, ended, out var count, out _end))
        {
            foreach (ref readonly var completion in ended.AsSpan(0, count)) Answer(completion);
        }

        _hasEnded = true;
        AnswerAll(_end);
    }

    private void Answer(in fsb_credit_completion completion)
    {
        if (!_waiters.TryRemove(completion.number, out var waiter)) return;
        switch ((StateBackendStatus)completion.status)
        {
            case StateBackendStatus.Ok:
                waiter.TrySetResult(new Credits(waiter.Channel, (long)completion.credits));
                break;
            case StateBackendStatus.TimedOut:
                waiter.TrySetResult(Credits.None);
                break;
            case StateBackendStatus.Cancelled:
                waiter.TrySetCanceled(waiter.CancellationToken);
                break;
            default:
                waiter.TrySetException(waiter.Channel.Handle.Disposed());
                break;
        }
    }

    /// <summary>Answers the calls whose ends the library does not tell any more, because the pool has been freed, or because it failed.</summary>
    private void AnswerAll(in Failure end)
    {
        var isClosed = end.Status is StateBackendStatus.Closed or StateBackendStatus.InvalidHandle;
        foreach (var number in _waiters.Keys)
        {
            if (_waiters.TryRemove(number, out var waiter)) waiter.TrySetException(isClosed ? waiter.Channel.Handle.Disposed() : end.ToException());
        }
    }

    /// <summary>A call that waits, whose continuation does not run on the pump's thread.</summary>
    private sealed class Waiter(CreditChannel channel, ulong number, CancellationToken cancellationToken)
        : TaskCompletionSource<Credits>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public CreditChannel Channel { get; } = channel;

        public ulong Number { get; } = number;

        public CancellationToken CancellationToken { get; } = cancellationToken;

        public void Cancel() => Channel.Handle.Cancel(Number);
    }
}
