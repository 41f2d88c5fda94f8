namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_column_family</c>.</summary>
internal sealed unsafe class ColumnFamilyHandle(nint ticket, string name) : NativeHandle(ticket)
{
    private volatile bool _dropped;

    /// <summary>Frees the handle of a family that has been dropped; later calls say so.</summary>
    public void DisposeDropped()
    {
        _dropped = true;
        Dispose();
    }

    /// <summary>Reads the number that stands for the family in a packed batch.</summary>
    public uint Id()
    {
        using var lease = Lease();
        uint id = 0;
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_column_family_id(lease.Pointer, &id, &error), error);
        return id;
    }

    /// <summary>Writes one row.</summary>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            status = NativeMethods.fsb_column_family_put(lease.Pointer, keyBytes, (nuint)key.Length, valueBytes, (nuint)value.Length, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Deletes one row.</summary>
    public void Delete(ReadOnlySpan<byte> key)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* keyBytes = key) status = NativeMethods.fsb_column_family_delete(lease.Pointer, keyBytes, (nuint)key.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Deletes the rows from <paramref name="begin"/>, inclusive, to <paramref name="end"/>, exclusive.</summary>
    public void DeleteRange(ReadOnlySpan<byte> begin, ReadOnlySpan<byte> end)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* first = begin, last = end)
        {
            status = NativeMethods.fsb_column_family_delete_range(lease.Pointer, first, (nuint)begin.Length, last, (nuint)end.Length, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>
    /// Copies a value into <paramref name="destination"/>. Answers OK, not found or too small; the length is 0 when not found.
    /// </summary>
    public StateBackendStatus Get(NativeSnapshotHandle? snapshot, ReadOnlySpan<byte> key, Span<byte> destination, out int length)
    {
        using var lease = Lease();
        using var view = LeaseOf(snapshot);
        nuint size = 0;
        nint error = 0;
        int status;
        fixed (byte* keyBytes = key, target = destination)
        {
            status = NativeMethods.fsb_column_family_get(
                lease.Pointer, view.Pointer, keyBytes, (nuint)key.Length, target, (nuint)destination.Length, &size, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        length = checked((int)size);
        return (StateBackendStatus)status;
    }

    /// <summary>Pins a value in the engine's memory; 0 when not found.</summary>
    public nint GetView(NativeSnapshotHandle? snapshot, ReadOnlySpan<byte> key)
    {
        using var lease = Lease();
        using var view = LeaseOf(snapshot);
        nint value = 0, error = 0;
        int status;
        fixed (byte* keyBytes = key)
        {
            status = NativeMethods.fsb_column_family_get_view(lease.Pointer, view.Pointer, keyBytes, (nuint)key.Length, &value, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return value;
    }

    /// <summary>Says whether a key has a row.</summary>
    public bool Contains(NativeSnapshotHandle? snapshot, ReadOnlySpan<byte> key)
    {
        using var lease = Lease();
        using var view = LeaseOf(snapshot);
        byte present = 0;
        nint error = 0;
        int status;
        fixed (byte* keyBytes = key)
        {
            status = NativeMethods.fsb_column_family_contains(lease.Pointer, view.Pointer, keyBytes, (nuint)key.Length, &present, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return present != 0;
    }

    /// <summary>
    /// Reads the values of packed keys into <paramref name="answers"/>. Answers OK or too small; the length is that of all answers.
    /// </summary>
    public StateBackendStatus MultiGet(NativeSnapshotHandle? snapshot, ReadOnlySpan<byte> keys, Span<byte> answers, out int length)
    {
        using var lease = Lease();
        using var view = LeaseOf(snapshot);
        nuint size = 0;
        nint error = 0;
        int status;
        fixed (byte* packed = keys, target = answers)
        {
            status = NativeMethods.fsb_column_family_multi_get(
                lease.Pointer, view.Pointer, packed, (nuint)keys.Length, target, (nuint)answers.Length, &size, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        length = checked((int)size);
        return (StateBackendStatus)status;
    }

    /// <summary>Opens an iterator and returns its ticket.</summary>
    public nint Iterator(in ScanOptions options)
    {
        using var lease = Lease();
        using var view = LeaseOf(options.Snapshot?.Handle);
        nint iterator = 0, error = 0;
        int status;
        fixed (byte* lower = options.LowerBound, upper = options.UpperBound, prefix = options.Prefix)
        {
            var native = new fsb_iterator_options
            {
                struct_size = (uint)sizeof(fsb_iterator_options),
                fill_cache = options.SkipCache ? (byte)0 : (byte)1,
                snapshot = view.Pointer,
                lower = lower,
                lower_length = (nuint)options.LowerBound.Length,
                upper = upper,
                upper_length = (nuint)options.UpperBound.Length,
                prefix = prefix,
                prefix_length = (nuint)options.Prefix.Length,
            };
            status = NativeMethods.fsb_column_family_iterator(lease.Pointer, &native, &iterator, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return iterator;
    }

    /// <summary>Flushes the family.</summary>
    public void Flush()
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_column_family_flush(lease.Pointer, &error), error);
    }

    /// <summary>Compacts the rows from <paramref name="begin"/> to <paramref name="end"/>; an empty key is an open end.</summary>
    public void Compact(ReadOnlySpan<byte> begin, ReadOnlySpan<byte> end)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* first = begin, last = end)
        {
            status = NativeMethods.fsb_column_family_compact(lease.Pointer, first, (nuint)begin.Length, last, (nuint)end.Length, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Changes options of the family.</summary>
    public void SetOptions(ReadOnlySpan<byte> options)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* json = options) status = NativeMethods.fsb_column_family_set_options(lease.Pointer, json, (nuint)options.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Reads a property of the family; null when the engine has none of that name.</summary>
    public string? Property(string propertyName)
    {
        var encoded = Utf8.Encode(propertyName);
        using var lease = Lease();
        nint value = 0, error = 0;
        int status;
        fixed (byte* bytes = encoded)
        {
            status = NativeMethods.fsb_column_family_property(lease.Pointer, bytes, (nuint)encoded.Length, &value, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return status == (int)StateBackendStatus.Ok ? OwnedBuffer.TakeText(value) : null;
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_column_family_free(ticket);

    /// <inheritdoc/>
    protected override Exception Unusable() => _dropped
        ? new Failure(StateBackendStatus.ColumnFamilyDropped, $"The column family '{name}' has been dropped.").ToException()
        : new ObjectDisposedException(nameof(RocksDBStateBackend), $"The backend of the column family '{name}' has been disposed.");

    private static Lease LeaseOf(NativeSnapshotHandle? snapshot) => snapshot is null ? default : snapshot.Lease();
}
