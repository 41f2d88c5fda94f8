namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_savepoint_export</c>.</summary>
internal sealed unsafe class SavepointExportHandle : NativeHandle
{
    private SavepointExportHandle(nint ticket)
        : base(ticket)
    {
    }

    /// <summary>Begins to export what a backend holds now.</summary>
    public static SavepointExportHandle Begin(BackendHandle backend, ReadOnlySpan<byte> options)
    {
        using var lease = backend.Lease();
        nint savepoint = 0, error = 0;
        int status;
        fixed (byte* json = options)
            status = NativeMethods.fsb_backend_export_savepoint(lease.Pointer, json, (nuint)options.Length, &savepoint, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new SavepointExportHandle(savepoint);
    }

    /// <summary>Copies the next bytes, and says how many; 0 at the end.</summary>
    public int Read(Span<byte> target)
    {
        using var lease = Lease();
        nuint length = 0;
        nint error = 0;
        int status;
        fixed (byte* buffer = target)
            status = NativeMethods.fsb_savepoint_export_read(lease.Pointer, buffer, (nuint)target.Length, &length, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return (int)length;
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_savepoint_export_free(ticket);
}
