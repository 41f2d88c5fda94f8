namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns one <c>fsb_state_scan</c> after the other.</summary>
internal sealed unsafe class StateScanHandle : ReusableHandle
{
    /// <summary>Owns a scan from now on.</summary>
    public void Own(nint scan) => Take(scan);

    /// <summary>Fills a page with the next records. Answers OK or too small, then with the size of one record.</summary>
    public StateBackendStatus Page(int version, Span<byte> page, out int length, out int rowCount)
    {
        using var lease = Lease(version);
        nuint size = 0, rows = 0;
        nint error = 0;
        int status;
        fixed (byte* target = page)
        {
            status = NativeMethods.fsb_state_scan_next_page(lease.Pointer, target, (nuint)page.Length, &size, &rows, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        length = checked((int)size);
        rowCount = checked((int)rows);
        return (StateBackendStatus)status;
    }

    /// <summary>Removes an entry of the scanned map.</summary>
    public void Remove(int version, ReadOnlySpan<byte> mapKey)
    {
        using var lease = Lease(version);
        nint error = 0;
        int status;
        fixed (byte* key = mapKey) status = NativeMethods.fsb_state_scan_remove(lease.Pointer, key, (nuint)mapKey.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Replaces the value of an entry of the scanned map.</summary>
    public void Replace(int version, ReadOnlySpan<byte> mapKey, ReadOnlySpan<byte> value, bool isNull)
    {
        using var lease = Lease(version);
        nint error = 0;
        int status;
        fixed (byte* key = mapKey, bytes = value)
        {
            status = NativeMethods.fsb_state_scan_replace(
                lease.Pointer, key, (nuint)mapKey.Length, bytes, (nuint)value.Length, isNull ? (byte)1 : (byte)0, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_state_scan_free(ticket);
}
