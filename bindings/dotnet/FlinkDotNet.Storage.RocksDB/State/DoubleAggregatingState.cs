using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A sum, minimum, maximum or mean of doubles, kept by the library.</summary>
internal sealed class DoubleAggregatingState(string name, StateHandle handle) : RocksDBAggregatingState<double, double>(name, handle)
{
    /// <inheritdoc/>
    public override bool TryGet(out double result) => Handle.TryResultDouble(out result);

    /// <inheritdoc/>
    public override void Add(double value) => Handle.AddDouble(value);
}
