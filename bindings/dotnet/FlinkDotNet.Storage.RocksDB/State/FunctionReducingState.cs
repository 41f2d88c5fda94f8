using System.Diagnostics.CodeAnalysis;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A value reduced by the user's function: read, reduced and written.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
internal sealed class FunctionReducingState<T> : RocksDBReducingState<T>
{
    private readonly Codec<T> _codec;
    private readonly Func<T, T, T> _reduce;
    private readonly KeyedContext _context;

    /// <summary>Initializes a new instance of the <see cref="FunctionReducingState{T}"/> class.</summary>
    public FunctionReducingState(string name, in Codec<T> codec, Func<T, T, T> reduce, KeyedContext context, StateHandle handle)
        : base(name, handle)
    {
        _codec = codec;
        _reduce = reduce;
        _context = context;
    }

    /// <inheritdoc/>
    public override bool TryGet([MaybeNullWhen(false)] out T value) => TryRead(_codec, out value);

    /// <inheritdoc/>
    public override void Add(T value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Write(_codec, TryGet(out var present) ? Reduce(present, value) : value);
    }

    /// <inheritdoc/>
    private protected override void Merge(in NamespaceList namespaces) => MergeByFunction(_context, namespaces, _codec, Reduce);

    private T Reduce(T present, T added) =>
        _reduce(present, added) ?? throw new InvalidOperationException($"The function of the state '{Name}' answered null.");
}
