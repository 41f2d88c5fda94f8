namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_snapshot</c>.</summary>
internal sealed class NativeSnapshotHandle(nint ticket) : NativeHandle(ticket)
{
    /// <summary>Reads the sequence number that the snapshot sees.</summary>
    public unsafe ulong Sequence()
    {
        using var lease = Lease();
        ulong sequence = 0;
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_snapshot_sequence(lease.Pointer, &sequence, &error), error);
        return sequence;
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_snapshot_free(ticket);
}
