using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns one native object: the ticket that the library issued for it.</summary>
internal abstract class NativeHandle : SafeHandle
{
    /// <summary>Number by which the leak detector knows the native object; 0 when it does not watch.</summary>
    private long _watched;

    /// <summary>Initializes a new instance of the <see cref="NativeHandle"/> class.</summary>
    protected NativeHandle(nint ticket)
        : base(0, ownsHandle: true) => Take(ticket);

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

    /// <summary>Owns a native object from now on.</summary>
    protected void Take(nint ticket)
    {
        SetHandle(ticket);
        if (LeakDetector.IsEnabled && ticket != 0) _watched = LeakDetector.Watch(GetType());
    }

    /// <summary>Owns nothing any more, and gives what it owned.</summary>
    protected nint GiveUp()
    {
        var ticket = handle;
        SetHandle(0);
        if (LeakDetector.IsEnabled) LeakDetector.Forget(_watched);
        return ticket;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (LeakDetector.IsEnabled && handle != 0)
        {
            if (disposing) LeakDetector.Forget(_watched);
            else LeakDetector.Report(_watched);
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected sealed override bool ReleaseHandle() => Free(handle) == (int)StateBackendStatus.Ok;
}
