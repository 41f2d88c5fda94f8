using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A mean of integers, kept by the library.</summary>
internal sealed class Int64AverageState(string name, StateHandle handle) : RocksDBAggregatingState<long, double>(name, handle)
{
    /// <inheritdoc/>
    public override bool TryGet(out double result) => Handle.TryResultDouble(out result);

    /// <inheritdoc/>
    public override void Add(long value) => Handle.AddInt64(value);
}
