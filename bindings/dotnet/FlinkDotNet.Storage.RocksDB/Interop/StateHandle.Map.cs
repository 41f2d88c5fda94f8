namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <content>Map and broadcast states.</content>
internal sealed unsafe partial class StateHandle
{
    /// <summary>Copies the value of an entry. Answers OK, not found or too small, then with the size.</summary>
    public StateBackendStatus MapGet(ReadOnlySpan<byte> mapKey, Span<byte> destination, out int length, out bool isNull)
    {
        using var lease = Lease();
        nuint size = 0;
        byte nothing = 0;
        nint error = 0;
        int status;
        fixed (byte* key = mapKey, target = destination)
        {
            status = NativeMethods.fsb_state_map_get(
                lease.Pointer, key, (nuint)mapKey.Length, target, (nuint)destination.Length, &size, &nothing, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        length = checked((int)size);
        isNull = nothing != 0;
        return (StateBackendStatus)status;
    }

    /// <summary>Says whether there is an entry.</summary>
    public bool MapContains(ReadOnlySpan<byte> mapKey)
    {
        using var lease = Lease();
        byte contains = 0;
        nint error = 0;
        int status;
        fixed (byte* key = mapKey) status = NativeMethods.fsb_state_map_contains(lease.Pointer, key, (nuint)mapKey.Length, &contains, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return contains != 0;
    }

    /// <summary>Adds or replaces an entry.</summary>
    public void MapPut(ReadOnlySpan<byte> mapKey, ReadOnlySpan<byte> value, bool isNull)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* key = mapKey, bytes = value)
        {
            status = NativeMethods.fsb_state_map_put(
                lease.Pointer, key, (nuint)mapKey.Length, bytes, (nuint)value.Length, isNull ? (byte)1 : (byte)0, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Adds or replaces packed entries, all or none.</summary>
    public void MapPutAll(ReadOnlySpan<byte> entries)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* packed = entries) status = NativeMethods.fsb_state_map_put_all(lease.Pointer, packed, (nuint)entries.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Removes an entry.</summary>
    public void MapRemove(ReadOnlySpan<byte> mapKey)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* key = mapKey) status = NativeMethods.fsb_state_map_remove(lease.Pointer, key, (nuint)mapKey.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }
}
