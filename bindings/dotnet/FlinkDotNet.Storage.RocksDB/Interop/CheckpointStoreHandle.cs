namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_checkpoint_store</c>.</summary>
internal sealed unsafe class CheckpointStoreHandle : NativeHandle
{
    private CheckpointStoreHandle(nint ticket)
        : base(ticket)
    {
    }

    /// <summary>Opens a store from its options document.</summary>
    public static CheckpointStoreHandle Open(ReadOnlySpan<byte> options)
    {
        NativeLibraryLoader.EnsureLoaded();
        nint store = 0, error = 0;
        int status;
        fixed (byte* json = options) status = NativeMethods.fsb_checkpoint_store_open(json, (nuint)options.Length, &store, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new CheckpointStoreHandle(store);
    }

    /// <summary>Lists the checkpoints as a JSON array of objects.</summary>
    public string ListJson()
    {
        using var lease = Lease();
        nint json = 0, error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_checkpoint_store_list(lease.Pointer, &json, &error), error);
        return OwnedBuffer.TakeText(json);
    }

    /// <summary>Reads every file of a checkpoint and compares it with what is listed.</summary>
    public CheckpointFiles Verify(ulong id)
    {
        using var lease = Lease();
        ulong files = 0, bytes = 0;
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_checkpoint_store_verify(lease.Pointer, id, &files, &bytes, &error), error);
        return new CheckpointFiles((long)files, (long)bytes);
    }

    /// <summary>Removes a checkpoint.</summary>
    public void Discard(ulong id)
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_checkpoint_store_discard(lease.Pointer, id, &error), error);
    }

    /// <summary>Removes what no checkpoint lists.</summary>
    public CheckpointFiles Collect()
    {
        using var lease = Lease();
        ulong files = 0, bytes = 0;
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_checkpoint_store_collect(lease.Pointer, &files, &bytes, &error), error);
        return new CheckpointFiles((long)files, (long)bytes);
    }

    /// <summary>Stores a snapshot, in the place of one of that name.</summary>
    public void PutSnapshot(string name, ReadOnlySpan<byte> snapshot)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        var text = Utf8.Encode(name);
        fixed (byte* named = text, data = snapshot)
        {
            status = NativeMethods.fsb_checkpoint_store_put_snapshot(lease.Pointer, named, (nuint)text.Length, data, (nuint)snapshot.Length, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Reads a snapshot; null when there is none of that name.</summary>
    public byte[]? GetSnapshot(string name)
    {
        using var lease = Lease();
        nint buffer = 0, error = 0;
        int status;
        var text = Utf8.Encode(name);
        fixed (byte* named = text) status = NativeMethods.fsb_checkpoint_store_get_snapshot(lease.Pointer, named, (nuint)text.Length, &buffer, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return status == (int)StateBackendStatus.NotFound ? null : OwnedBuffer.TakeBytes(buffer);
    }

    /// <summary>Removes a snapshot.</summary>
    public void DeleteSnapshot(string name)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        var text = Utf8.Encode(name);
        fixed (byte* named = text) status = NativeMethods.fsb_checkpoint_store_delete_snapshot(lease.Pointer, named, (nuint)text.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <inheritdoc/>
    protected override Exception Unusable() =>
        new ObjectDisposedException(nameof(CheckpointStore), "The checkpoint store, or the backend it belongs to, has been disposed.");

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_checkpoint_store_free(ticket);
}
