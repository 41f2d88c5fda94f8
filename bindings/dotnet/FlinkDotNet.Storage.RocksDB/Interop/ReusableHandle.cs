namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>
/// A handle that owns one short-lived native object after the other, so that reading allocates nothing. The version changes with each
/// owner: a copy of a ref struct that outlived its scan or value is told from the present owner.
/// </summary>
internal abstract class ReusableHandle : NativeHandle
{
    /// <summary>Initializes a new instance of the <see cref="ReusableHandle"/> class that owns nothing yet.</summary>
    protected ReusableHandle()
        : base(0)
    {
    }

    /// <summary>Gets the number of the present owner.</summary>
    public int Version { get; private set; }

    /// <summary>Lends the ticket to the owner of that number.</summary>
    /// <exception cref="ObjectDisposedException">That owner has been disposed.</exception>
    public Lease Lease(int version) => version == Version ? Lease() : throw Unusable();

    /// <summary>Frees the native object of the owner of that number; false when that has been done before.</summary>
    public bool Release(int version)
    {
        if (version != Version || handle == 0) return false;
        var ticket = GiveUp();
        Version++;
        _ = Free(ticket);
        return true;
    }
}
