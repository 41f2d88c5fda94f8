namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns one <c>fsb_iterator</c> after the other.</summary>
internal sealed unsafe class IteratorHandle : ReusableHandle
{
    /// <summary>Owns an iterator from now on.</summary>
    public void Own(nint iterator) => Take(iterator);

    /// <summary>Goes to the last row.</summary>
    public void SeekToLast(int version)
    {
        using var lease = Lease(version);
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_iterator_seek_to_last(lease.Pointer, &error), error);
    }

    /// <summary>Goes to the first row at or after a key, or, in reverse, to the last row at or before it.</summary>
    public void Seek(int version, ReadOnlySpan<byte> key, bool reverse)
    {
        using var lease = Lease(version);
        nint error = 0;
        int status;
        fixed (byte* bytes = key)
        {
            status = reverse
                ? NativeMethods.fsb_iterator_seek_for_prev(lease.Pointer, bytes, (nuint)key.Length, &error)
                : NativeMethods.fsb_iterator_seek(lease.Pointer, bytes, (nuint)key.Length, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>
    /// Fills a page with the rows from the present one on and moves past them. Answers OK or too small, then with the size of one row.
    /// </summary>
    public StateBackendStatus Page(int version, Span<byte> page, bool reverse, out int length, out int rowCount)
    {
        using var lease = Lease(version);
        nuint size = 0, rows = 0;
        nint error = 0;
        int status;
        fixed (byte* target = page)
        {
            status = reverse
                ? NativeMethods.fsb_iterator_prev_page(lease.Pointer, target, (nuint)page.Length, &size, &rows, &error)
                : NativeMethods.fsb_iterator_next_page(lease.Pointer, target, (nuint)page.Length, &size, &rows, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        length = checked((int)size);
        rowCount = checked((int)rows);
        return (StateBackendStatus)status;
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_iterator_free(ticket);
}
