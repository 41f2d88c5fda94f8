using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A sum, minimum or maximum of integers, kept by the library.</summary>
internal sealed class Int64AggregatingState(string name, StateHandle handle) : RocksDBAggregatingState<long, long>(name, handle)
{
    /// <inheritdoc/>
    public override bool TryGet(out long result) => Handle.TryResultInt64(out result);

    /// <inheritdoc/>
    public override void Add(long value) => Handle.AddInt64(value);
}
