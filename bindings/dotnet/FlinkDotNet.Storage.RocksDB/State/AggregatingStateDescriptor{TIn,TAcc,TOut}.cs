using FlinkDotNet.Core.Abstractions.Serializers;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Declares an aggregating state of the user's own function.</summary>
/// <typeparam name="TIn">Type of what is added.</typeparam>
/// <typeparam name="TAcc">Type of the accumulator, which is what is stored.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
public sealed class AggregatingStateDescriptor<TIn, TAcc, TOut> : AggregatingStateDescriptor<TIn, TOut>
{
    private readonly IAggregateFunction<TIn, TAcc, TOut> _function;
    private readonly IStateSerializer<TAcc> _serializer;

    /// <summary>Initializes a new instance of the <see cref="AggregatingStateDescriptor{TIn, TAcc, TOut}"/> class.</summary>
    /// <param name="name">Name of the state.</param>
    /// <param name="function">The function.</param>
    /// <param name="serializer">Serializer of an accumulator; null for that of its type.</param>
    public AggregatingStateDescriptor(string name, IAggregateFunction<TIn, TAcc, TOut> function, ITypeSerializer<TAcc>? serializer = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(function);
        _function = function;
        _serializer = serializer is null ? StateSerializers.Get<TAcc>() : StateSerializers.From(serializer);
    }

    /// <inheritdoc/>
    internal override StateDeclaration Declaration => new(Name, "aggregating", _serializer.TypeId);

    /// <inheritdoc/>
    internal override RocksDBAggregatingState<TIn, TOut> Make(KeyedContext context, StateHandle handle)
    {
        var codec = new Codec<TAcc>(_serializer, $"accumulator of the state '{Name}'");
        return new FunctionAggregatingState<TIn, TAcc, TOut>(Name, codec, _function, context, handle);
    }
}
