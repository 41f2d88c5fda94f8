using FlinkDotNet.Core.Abstractions.Serializers;

namespace FlinkDotNet.Core.Abstractions.Models.State;

/// <summary>Declares a list state.</summary>
/// <typeparam name="T">Type of the elements.</typeparam>
public class ListStateDescriptor<T> : StateDescriptor
{
    /// <summary>Initializes a new instance of the <see cref="ListStateDescriptor{T}"/> class.</summary>
    /// <param name="name">Name of the state.</param>
    /// <param name="elementSerializer">Serializer of one element.</param>
    public ListStateDescriptor(string name, ITypeSerializer<T> elementSerializer)
        : base(name)
    {
        ElementSerializer = elementSerializer ?? throw new ArgumentNullException(nameof(elementSerializer));
    }

    /// <summary>Gets the serializer of one element.</summary>
    public ITypeSerializer<T> ElementSerializer { get; }
}
