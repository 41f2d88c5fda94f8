using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A sum, minimum or maximum of doubles, kept by the library.</summary>
internal sealed class DoubleReducingState(string name, StateHandle handle) : RocksDBReducingState<double>(name, handle)
{
    /// <inheritdoc/>
    public override bool TryGet(out double value) => Handle.TryResultDouble(out value);

    /// <inheritdoc/>
    public override void Add(double value) => Handle.AddDouble(value);
}
