namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_credit_channel</c>.</summary>
internal sealed unsafe class CreditChannelHandle(nint ticket, string name, CreditPoolHandle pool) : NativeHandle(ticket)
{
    /// <summary>Takes as many credits as there are.</summary>
    public long Request(long most)
    {
        using var lease = Lease();
        ulong granted = 0;
        nint error = 0;
        Check(NativeMethods.fsb_credit_channel_request(lease.Pointer, (ulong)most, &granted, &error), error);
        return (long)granted;
    }

    /// <summary>Blocks until the credits are there; false when the time is up before.</summary>
    public bool Acquire(long credits, long timeoutMillis)
    {
        using var lease = Lease();
        nint error = 0;
        var status = NativeMethods.fsb_credit_channel_acquire(lease.Pointer, (ulong)credits, timeoutMillis, 0, &error);
        if (status == (int)StateBackendStatus.TimedOut) return false;
        Check(status, error);
        return true;
    }

    /// <summary>Queues for credits; a completion under the number tells the end.</summary>
    public void Post(long credits, long timeoutMillis, ulong number)
    {
        using var lease = Lease();
        nint error = 0;
        Check(NativeMethods.fsb_credit_channel_post(lease.Pointer, (ulong)credits, timeoutMillis, number, &error), error);
    }

    /// <summary>Ends a posted call that still waits. One that does not, as that of a closed channel, is left as it is.</summary>
    public void Cancel(ulong number)
    {
        nuint count = 0;
        _ = NativeMethods.fsb_credit_channel_cancel(handle, number, &count, null);
        GC.KeepAlive(this);
    }

    /// <summary>Gives credits back. A closed channel has given all of its credits back.</summary>
    public void Replenish(long credits)
    {
        if (IsClosed) return;
        nint error = 0;
        CheckReturn(NativeMethods.fsb_credit_channel_replenish(handle, (ulong)credits, &error), error);
    }

    /// <summary>Gives credits back that the engine had no room for, and counts a congestion.</summary>
    public void Refund(long credits)
    {
        if (IsClosed) return;
        nint error = 0;
        CheckReturn(NativeMethods.fsb_credit_channel_refund(handle, (ulong)credits, &error), error);
    }

    /// <summary>Says that the channel, or else its pool, is closed.</summary>
    public ObjectDisposedException Disposed() => IsClosed && !pool.IsClosed
        ? new(nameof(CreditChannel), $"The channel '{name}' of the credit pool '{pool.Name}' has been disposed.")
        : pool.Disposed();

    /// <inheritdoc/>
    protected override Exception Unusable() => Disposed();

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_credit_channel_free(ticket);

    private void CheckReturn(int status, nint error)
    {
        GC.KeepAlive(this);
        if (status == (int)StateBackendStatus.Ok) return;
        var failure = StatusCheck.TakeFailure((StateBackendStatus)status, error);
        if (failure.Status != StateBackendStatus.InvalidHandle) throw failure.ToException();
    }

    private void Check(int status, nint error)
    {
        if (status == (int)StateBackendStatus.Ok) return;
        var failure = StatusCheck.TakeFailure((StateBackendStatus)status, error);
        throw failure.Status is StateBackendStatus.Closed or StateBackendStatus.InvalidHandle ? Disposed() : failure.ToException();
    }
}
