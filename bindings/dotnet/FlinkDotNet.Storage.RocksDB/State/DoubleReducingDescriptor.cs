using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Declares a reducing state of doubles that the library reduces.</summary>
internal sealed class DoubleReducingDescriptor(string name, string aggregate) : ReducingStateDescriptor<double>(name, (_, last) => last)
{
    /// <inheritdoc/>
    internal override StateDeclaration Declaration => new(Name, "reducing", DoubleFormat.TypeId) { Aggregate = aggregate };

    /// <inheritdoc/>
    internal override RocksDBReducingState<double> Make(KeyedContext context, StateHandle handle) => new DoubleReducingState(Name, handle);
}
