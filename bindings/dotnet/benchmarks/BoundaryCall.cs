using System.Reflection;
using System.Runtime.CompilerServices;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>
/// The cheapest call that goes all the way: lease of the SafeHandle, native call, handle check and guard, status check; it asks a column family for its number. The
/// public API asks once and remembers, so the call is reached behind its back.
/// </summary>
internal sealed class BoundaryCall
{
    private readonly object _handle;

    public BoundaryCall(RocksDBColumnFamily family) =>
        _handle = typeof(RocksDBColumnFamily).GetField("_handle", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(family)!;

    public uint Invoke() => Id(_handle);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Id")]
    private static extern uint Id([UnsafeAccessorType("FlinkDotNet.Storage.RocksDB.Interop.ColumnFamilyHandle, FlinkDotNet.Storage.RocksDB")] object handle);
}
