namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_checkpoint</c>. Freeing it ends nothing: the checkpoint goes on.</summary>
internal sealed unsafe class CheckpointHandle : NativeHandle
{
    private CheckpointHandle(nint ticket)
        : base(ticket)
    {
    }

    /// <summary>Begins a checkpoint of a backend, or finds the one of that id; 0 milliseconds are no deadline.</summary>
    public static CheckpointHandle Begin(BackendHandle backend, CheckpointStoreHandle store, ulong id, ulong timeoutMillis, bool confirm)
    {
        using var lease = backend.Lease();
        using var target = store.Lease();
        nint checkpoint = 0, error = 0;
        var status = NativeMethods.fsb_backend_begin_checkpoint(
            lease.Pointer, target.Pointer, id, timeoutMillis, confirm ? (byte)1 : (byte)0, &checkpoint, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new CheckpointHandle(checkpoint);
    }

    /// <summary>Waits for the end; answers <c>Ok</c>, <c>TimedOut</c> or <c>Cancelled</c> and throws for a failure.</summary>
    public StateBackendStatus Wait(ulong timeoutMillis, out fsb_checkpoint_report report)
    {
        using var lease = Lease();
        var made = new fsb_checkpoint_report { struct_size = (uint)sizeof(fsb_checkpoint_report) };
        nint error = 0;
        var status = (StateBackendStatus)NativeMethods.fsb_checkpoint_wait(lease.Pointer, timeoutMillis, &made, &error);
        if (status is not (StateBackendStatus.TimedOut or StateBackendStatus.Cancelled)) StatusCheck.ThrowOnFailure((int)status, error);
        report = made;
        return status;
    }

    /// <summary>Reads how far it is.</summary>
    public fsb_checkpoint_progress Progress()
    {
        using var lease = Lease();
        var progress = new fsb_checkpoint_progress { struct_size = (uint)sizeof(fsb_checkpoint_progress) };
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_checkpoint_read_progress(lease.Pointer, &progress, &error), error);
        return progress;
    }

    /// <summary>Has it stop; does nothing when it has ended, or its handle was freed.</summary>
    public void Cancel() => _ = NativeMethods.fsb_checkpoint_cancel(handle, null);

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_checkpoint_free(ticket);
}
