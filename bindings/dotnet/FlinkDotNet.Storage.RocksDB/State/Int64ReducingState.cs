using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A sum, minimum or maximum of integers, kept by the library.</summary>
internal sealed class Int64ReducingState(string name, StateHandle handle) : RocksDBReducingState<long>(name, handle)
{
    /// <inheritdoc/>
    public override bool TryGet(out long value) => Handle.TryResultInt64(out value);

    /// <inheritdoc/>
    public override void Add(long value) => Handle.AddInt64(value);
}
