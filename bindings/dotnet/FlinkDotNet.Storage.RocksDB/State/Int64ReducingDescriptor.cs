using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Declares a reducing state of integers that the library reduces.</summary>
internal sealed class Int64ReducingDescriptor(string name, string aggregate) : ReducingStateDescriptor<long>(name, (_, last) => last)
{
    /// <inheritdoc/>
    internal override StateDeclaration Declaration => new(Name, "reducing", Int64Format.TypeId) { Aggregate = aggregate };

    /// <inheritdoc/>
    internal override RocksDBReducingState<long> Make(KeyedContext context, StateHandle handle) => new Int64ReducingState(Name, handle);
}
