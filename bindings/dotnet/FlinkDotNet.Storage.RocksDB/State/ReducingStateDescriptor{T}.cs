using FlinkDotNet.Core.Abstractions.Models.State;
using FlinkDotNet.Core.Abstractions.Serializers;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Declares a reducing state: one value, to which others are added by a function.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
public class ReducingStateDescriptor<T> : StateDescriptor
{
    private readonly Func<T, T, T> _reduce;
    private readonly IStateSerializer<T> _serializer;

    /// <summary>Initializes a new instance of the <see cref="ReducingStateDescriptor{T}"/> class.</summary>
    /// <param name="name">Name of the state.</param>
    /// <param name="reduce">Makes one value of the present and a new one; called on the thread that uses the state.</param>
    /// <param name="serializer">Serializer of a value; null for that of its type.</param>
    public ReducingStateDescriptor(string name, Func<T, T, T> reduce, ITypeSerializer<T>? serializer = null)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(reduce);
        _reduce = reduce;
        _serializer = serializer is null ? StateSerializers.Get<T>() : StateSerializers.From(serializer);
    }

    /// <summary>Gets what the library registers.</summary>
    internal virtual StateDeclaration Declaration => new(Name, "reducing", _serializer.TypeId);

    /// <summary>Makes the state of its native object.</summary>
    internal virtual RocksDBReducingState<T> Make(KeyedContext context, StateHandle handle) =>
        new FunctionReducingState<T>(Name, new Codec<T>(_serializer, $"value of the state '{Name}'"), _reduce, context, handle);
}
