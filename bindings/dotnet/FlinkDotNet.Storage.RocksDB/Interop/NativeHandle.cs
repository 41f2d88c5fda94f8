using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns one native object: the ticket that the library issued for it.</summary>
internal abstract class NativeHandle : SafeHandle
{
    /// <summary>Initializes a new instance of the <see cref="NativeHandle"/> class.</summary>
    protected NativeHandle(nint ticket)
        : base(0, ownsHandle: true) => SetHandle(ticket);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Lends the ticket for one call.</summary>
    /// <exception cref="ObjectDisposedException">The object has been disposed.</exception>
    public Lease Lease()
    {
        if (IsClosed || handle == 0) throw Unusable();
        return new Lease(this, handle);
    }

    /// <summary>Says why a closed handle cannot be used.</summary>
    protected virtual Exception Unusable() => new ObjectDisposedException(GetType().Name, "The object, or the backend it belongs to, has been disposed.");

    /// <summary>Calls the object's free function.</summary>
    protected abstract int Free(nint ticket);

    /// <inheritdoc/>
    protected sealed override bool ReleaseHandle() => Free(handle) == (int)StateBackendStatus.Ok;
}
