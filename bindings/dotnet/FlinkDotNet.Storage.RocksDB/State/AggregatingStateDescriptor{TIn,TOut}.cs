using FlinkDotNet.Core.Abstractions.Models.State;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Declares an aggregating state: values are added, a result is read. Made by <see cref="AggregatingStateDescriptor"/> for what the library
/// aggregates itself, or of the user's own function by <see cref="AggregatingStateDescriptor{TIn, TAcc, TOut}"/>.
/// </summary>
/// <typeparam name="TIn">Type of what is added.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
public abstract class AggregatingStateDescriptor<TIn, TOut> : StateDescriptor
{
    /// <summary>Initializes a new instance of the <see cref="AggregatingStateDescriptor{TIn, TOut}"/> class.</summary>
    private protected AggregatingStateDescriptor(string name)
        : base(name)
    {
    }

    /// <summary>Gets what the library registers.</summary>
    internal abstract StateDeclaration Declaration { get; }

    /// <summary>Makes the state of its native object.</summary>
    internal abstract RocksDBAggregatingState<TIn, TOut> Make(KeyedContext context, StateHandle handle);
}
