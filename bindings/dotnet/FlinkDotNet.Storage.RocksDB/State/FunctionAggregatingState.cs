using System.Diagnostics.CodeAnalysis;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>An accumulator of the user's function: read, added to and written.</summary>
/// <typeparam name="TIn">Type of what is added.</typeparam>
/// <typeparam name="TAcc">Type of the accumulator.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
internal sealed class FunctionAggregatingState<TIn, TAcc, TOut> : RocksDBAggregatingState<TIn, TOut>
{
    private readonly Codec<TAcc> _codec;
    private readonly IAggregateFunction<TIn, TAcc, TOut> _function;
    private readonly KeyedContext _context;

    /// <summary>Initializes a new instance of the <see cref="FunctionAggregatingState{TIn, TAcc, TOut}"/> class.</summary>
    public FunctionAggregatingState(
        string name, in Codec<TAcc> codec, IAggregateFunction<TIn, TAcc, TOut> function, KeyedContext context, StateHandle handle)
        : base(name, handle)
    {
        _codec = codec;
        _function = function;
        _context = context;
    }

    /// <inheritdoc/>
    public override bool TryGet([MaybeNullWhen(false)] out TOut result)
    {
        var found = TryRead(_codec, out var accumulator);
        result = found ? _function.GetResult(accumulator!) : default;
        return found;
    }

    /// <inheritdoc/>
    public override void Add(TIn value)
    {
        var accumulator = TryRead(_codec, out var present) ? present : _function.CreateAccumulator();
        Write(_codec, NotNull(_function.Add(accumulator, value)));
    }

    /// <inheritdoc/>
    private protected override void Merge(in NamespaceList namespaces) =>
        MergeByFunction(_context, namespaces, _codec, (first, second) => NotNull(_function.Merge(first, second)));

    private TAcc NotNull(TAcc accumulator) =>
        accumulator ?? throw new InvalidOperationException($"The function of the state '{Name}' answered null.");
}
