namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_credit_pool</c>.</summary>
internal sealed unsafe class CreditPoolHandle : NativeHandle
{
    private CreditPoolHandle(nint ticket, string name)
        : base(ticket)
    {
        Name = name;
        Ticket = ticket;
    }

    /// <summary>Gets the name of the pool, for errors.</summary>
    public string Name { get; }

    /// <summary>Gets the ticket for those who must not keep the handle from its finalizer; the library knows when it has been freed.</summary>
    public nint Ticket { get; }

    /// <summary>Creates a pool from its options document.</summary>
    public static CreditPoolHandle Create(string name, ReadOnlySpan<byte> options)
    {
        NativeLibraryLoader.EnsureLoaded();
        nint pool = 0, error = 0;
        int status;
        fixed (byte* json = options) status = NativeMethods.fsb_credit_pool_create(json, (nuint)options.Length, &pool, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new CreditPoolHandle(pool, name);
    }

    /// <summary>Opens a channel with credits of its own.</summary>
    public CreditChannelHandle OpenChannel(string channelName, long exclusive)
    {
        var encoded = Utf8.Encode(channelName);
        using var lease = Lease();
        nint channel = 0, error = 0;
        int status;
        fixed (byte* name = encoded)
        {
            status = NativeMethods.fsb_credit_channel_open(lease.Pointer, name, (nuint)encoded.Length, (ulong)exclusive, &channel, &error);
        }

        Check(status, error);
        return new CreditChannelHandle(channel, channelName, this);
    }

    /// <summary>Sets how many credits may be out.</summary>
    public void SetLimit(long limit)
    {
        using var lease = Lease();
        nint error = 0;
        Check(NativeMethods.fsb_credit_pool_set_limit(lease.Pointer, (ulong)limit, &error), error);
    }

    /// <summary>Has the limit follow the pressure of a backend.</summary>
    public void Attach(BackendHandle backend)
    {
        using var lease = Lease();
        using var followed = backend.Lease();
        nint error = 0;
        var status = NativeMethods.fsb_credit_pool_attach(lease.Pointer, followed.Pointer, &error);
        if (status == (int)StateBackendStatus.Ok) return;
        var failure = StatusCheck.TakeFailure((StateBackendStatus)status, error);
        throw failure.Status switch
        {
            StateBackendStatus.InUse => new InvalidOperationException($"The credit pool '{Name}' cannot be attached: {failure.Message}"),
            StateBackendStatus.InvalidHandle when IsClosed => Disposed(),
            _ => failure.ToException(),
        };
    }

    /// <summary>Ends what <see cref="Attach"/> began.</summary>
    public void Detach()
    {
        using var lease = Lease();
        nint error = 0;
        Check(NativeMethods.fsb_credit_pool_detach(lease.Pointer, &error), error);
    }

    /// <summary>Reads what the pool is like now.</summary>
    public fsb_credit_figures Figures()
    {
        using var lease = Lease();
        var figures = new fsb_credit_figures { struct_size = (uint)sizeof(fsb_credit_figures) };
        nint error = 0;
        Check(NativeMethods.fsb_credit_pool_figures(lease.Pointer, &figures, &error), error);
        return figures;
    }

    /// <summary>Waits for calls that ended and fills in some of them; false, with the reason, when there will be no more.</summary>
    public static bool NextCompletions(nint ticket, Span<fsb_credit_completion> ended, out int count, out Failure end)
    {
        nuint taken = 0;
        nint error = 0;
        int status;
        fixed (fsb_credit_completion* target = ended)
        {
            status = NativeMethods.fsb_credit_pool_next_completions(
                ticket, NativeMethods.FSB_NO_DEADLINE, target, (nuint)ended.Length, &taken, &error);
        }

        count = checked((int)taken);
        var isOk = status == (int)StateBackendStatus.Ok;
        end = isOk ? default : StatusCheck.TakeFailure((StateBackendStatus)status, error);
        return isOk;
    }

    /// <summary>
    /// Ends the calls that wait and refuses new ones. How posted calls ended is told as completions, until none is left. A freed pool is closed
    /// already.
    /// </summary>
    public void EndCalls()
    {
        _ = NativeMethods.fsb_credit_pool_close(handle, null);
        GC.KeepAlive(this);
    }

    /// <summary>Says that the pool is closed.</summary>
    public ObjectDisposedException Disposed() => new(nameof(CreditPool), $"The credit pool '{Name}' has been disposed.");

    /// <inheritdoc/>
    protected override Exception Unusable() => Disposed();

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_credit_pool_free(ticket);

    private void Check(int status, nint error)
    {
        if (status == (int)StateBackendStatus.Ok) return;
        var failure = StatusCheck.TakeFailure((StateBackendStatus)status, error);
        throw failure.Status is StateBackendStatus.Closed or StateBackendStatus.InvalidHandle ? Disposed() : failure.ToException();
    }
}
