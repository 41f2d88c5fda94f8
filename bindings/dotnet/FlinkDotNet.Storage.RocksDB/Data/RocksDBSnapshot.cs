using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A consistent view of all column families at one moment, made by <see cref="RocksDBStateBackend.CreateSnapshot"/>. Usable from any
/// thread; may be disposed before or after its backend. While it lives, the engine keeps what it sees.
/// </summary>
public sealed class RocksDBSnapshot : IDisposable
{
    /// <summary>Initializes a new instance of the <see cref="RocksDBSnapshot"/> class.</summary>
    internal RocksDBSnapshot(NativeSnapshotHandle handle)
    {
        Handle = handle;
        try
        {
            Sequence = handle.Sequence();
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Gets the sequence number of the last write that the snapshot sees.</summary>
    public ulong Sequence { get; }

    /// <summary>Gets the native object.</summary>
    internal NativeSnapshotHandle Handle { get; }

    /// <summary>Frees the snapshot; reading through it then throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => Handle.Dispose();
}
