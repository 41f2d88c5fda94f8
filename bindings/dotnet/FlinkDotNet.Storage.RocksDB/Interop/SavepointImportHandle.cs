namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_savepoint_import</c>. Freed before it is finished, it leaves nothing.</summary>
internal sealed unsafe class SavepointImportHandle : NativeHandle
{
    private SavepointImportHandle(nint ticket)
        : base(ticket)
    {
    }

    /// <summary>Begins to import into a backend.</summary>
    public static SavepointImportHandle Begin(BackendHandle backend, ReadOnlySpan<byte> options)
    {
        using var lease = backend.Lease();
        nint savepoint = 0, error = 0;
        int status;
        fixed (byte* json = options)
            status = NativeMethods.fsb_backend_import_savepoint(lease.Pointer, json, (nuint)options.Length, &savepoint, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new SavepointImportHandle(savepoint);
    }

    /// <summary>Reads a file and verifies every byte.</summary>
    public static SavepointSummary Verify(ReadOnlySpan<byte> path)
    {
        NativeLibraryLoader.EnsureLoaded();
        ulong entries = 0, rawBytes = 0;
        nint error = 0;
        int status;
        fixed (byte* name = path) status = NativeMethods.fsb_savepoint_verify(name, (nuint)path.Length, &entries, &rawBytes, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new SavepointSummary((long)entries, (long)rawBytes);
    }

    /// <summary>Takes the next bytes in.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* data = bytes) status = NativeMethods.fsb_savepoint_import_write(lease.Pointer, data, (nuint)bytes.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Makes all of it count.</summary>
    public void Finish()
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_savepoint_import_finish(lease.Pointer, &error), error);
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_savepoint_import_free(ticket);
}
