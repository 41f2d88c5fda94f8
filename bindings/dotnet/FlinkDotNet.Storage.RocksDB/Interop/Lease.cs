namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>
/// Lends the ticket of a native object for one call. The library counts the calls on a ticket and refuses a freed one, so that a lease has
/// only to keep the handle from its finalizer; a second count here would cost two interlocked operations on each call.
/// </summary>
internal readonly ref struct Lease
{
    private readonly NativeHandle? _owner;

    /// <summary>Initializes a new instance of the <see cref="Lease"/> struct.</summary>
    internal Lease(NativeHandle owner, nint pointer)
    {
        _owner = owner;
        Pointer = pointer;
    }

    /// <summary>Gets the ticket; 0 for the default lease, which stands for no object.</summary>
    public nint Pointer { get; }

    /// <summary>Ends the lease.</summary>
    public void Dispose() => GC.KeepAlive(_owner);
}
