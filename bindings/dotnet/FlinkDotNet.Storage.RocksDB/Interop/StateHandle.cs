namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_state</c>. Every call works on the current key and namespace.</summary>
internal sealed unsafe partial class StateHandle(nint ticket) : NativeHandle(ticket)
{
    /// <summary>Copies the value, accumulator or packed elements. Answers OK, not found or too small, then with the size.</summary>
    public StateBackendStatus Get(Span<byte> destination, out int length)
    {
        using var lease = Lease();
        nuint size = 0;
        nint error = 0;
        int status;
        fixed (byte* target = destination) status = NativeMethods.fsb_state_get(lease.Pointer, target, (nuint)destination.Length, &size, &error);
        StatusCheck.ThrowOnFailure(status, error);
        length = checked((int)size);
        return (StateBackendStatus)status;
    }

    /// <summary>Replaces the value or the accumulator.</summary>
    public void Put(ReadOnlySpan<byte> value)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* bytes = value) status = NativeMethods.fsb_state_put(lease.Pointer, bytes, (nuint)value.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Adds to a native aggregate of 64-bit integers, or to a count.</summary>
    public void AddInt64(long value)
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_state_add_i64(lease.Pointer, value, &error), error);
    }

    /// <summary>Adds to a native aggregate of doubles.</summary>
    public void AddDouble(double value)
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_state_add_f64(lease.Pointer, value, &error), error);
    }

    /// <summary>Reads the result of a native aggregate; false when nothing was added.</summary>
    public bool TryResultInt64(out long result)
    {
        using var lease = Lease();
        long value = 0;
        nint error = 0;
        var status = NativeMethods.fsb_state_result_i64(lease.Pointer, &value, &error);
        StatusCheck.ThrowOnFailure(status, error);
        result = value;
        return status == (int)StateBackendStatus.Ok;
    }

    /// <summary>Reads the result of a native aggregate; false when nothing was added.</summary>
    public bool TryResultDouble(out double result)
    {
        using var lease = Lease();
        double value = 0;
        nint error = 0;
        var status = NativeMethods.fsb_state_result_f64(lease.Pointer, &value, &error);
        StatusCheck.ThrowOnFailure(status, error);
        result = value;
        return status == (int)StateBackendStatus.Ok;
    }

    /// <summary>Appends packed elements.</summary>
    public void AddElements(ReadOnlySpan<byte> elements)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* packed = elements) status = NativeMethods.fsb_state_add_elements(lease.Pointer, packed, (nuint)elements.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Replaces the list by packed elements.</summary>
    public void UpdateElements(ReadOnlySpan<byte> elements)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* packed = elements) status = NativeMethods.fsb_state_update_elements(lease.Pointer, packed, (nuint)elements.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Says whether there is nothing.</summary>
    public bool IsEmpty()
    {
        using var lease = Lease();
        byte isEmpty = 0;
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_state_is_empty(lease.Pointer, &isEmpty, &error), error);
        return isEmpty != 0;
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_state_clear(lease.Pointer, &error), error);
    }

    /// <summary>Merges the packed source namespaces of the current key into the target.</summary>
    public void MergeNamespaces(ReadOnlySpan<byte> target, ReadOnlySpan<byte> sources)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* into = target, packed = sources)
        {
            status = NativeMethods.fsb_state_merge_namespaces(lease.Pointer, into, (nuint)target.Length, packed, (nuint)sources.Length, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Opens a scan and returns its ticket.</summary>
    public nint Scan(byte what, bool strict)
    {
        using var lease = Lease();
        nint scan = 0, error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_state_scan_open(lease.Pointer, what, strict ? (byte)1 : (byte)0, &scan, &error), error);
        return scan;
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_state_free(ticket);
}
