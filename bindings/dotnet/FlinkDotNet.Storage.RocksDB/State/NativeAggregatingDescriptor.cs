using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Declares an aggregating state that the library aggregates.</summary>
/// <typeparam name="TIn">Type of what is added.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
internal sealed class NativeAggregatingDescriptor<TIn, TOut>(
    string name, string aggregate, string valueType, Func<StateHandle, RocksDBAggregatingState<TIn, TOut>> make)
    : AggregatingStateDescriptor<TIn, TOut>(name)
{
    /// <inheritdoc/>
    internal override StateDeclaration Declaration => new(Name, "aggregating", valueType) { Aggregate = aggregate };

    /// <inheritdoc/>
    internal override RocksDBAggregatingState<TIn, TOut> Make(KeyedContext context, StateHandle handle) => make(handle);
}
