namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns one <c>fsb_view</c> after the other.</summary>
internal sealed unsafe class ViewHandle : ReusableHandle
{
    [ThreadStatic]
    private static ViewHandle? _spare;

    /// <summary>Takes this thread's spare handle, or a new one.</summary>
    public static ViewHandle Rent()
    {
        var rented = _spare ?? new ViewHandle();
        _spare = null;
        return rented;
    }

    /// <summary>Owns a view from now on and says where its bytes are.</summary>
    public ReadOnlySpan<byte> Own(nint view)
    {
        Take(view);
        byte* data;
        nuint length;
        var status = NativeMethods.fsb_view_data(view, &data, &length);
        if (status == (int)StateBackendStatus.Ok) return new ReadOnlySpan<byte>(data, checked((int)length));
        // A backend that began to close in between refuses, and waits for the view to be freed.
        Return(Version);
        throw StatusCheck.TakeFailure((StateBackendStatus)status, 0).ToException();
    }

    /// <summary>Frees the view of the owner of that number and keeps the handle as this thread's spare.</summary>
    public void Return(int version)
    {
        if (Release(version)) _spare = this;
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_view_free(ticket);
}
