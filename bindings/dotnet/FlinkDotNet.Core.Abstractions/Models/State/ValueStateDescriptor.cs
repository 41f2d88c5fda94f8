using FlinkDotNet.Core.Abstractions.Serializers;

namespace FlinkDotNet.Core.Abstractions.Models.State;

/// <summary>Declares a value state.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public class ValueStateDescriptor<T> : StateDescriptor
{
    /// <summary>Initializes a new instance of the <see cref="ValueStateDescriptor{T}"/> class.</summary>
    /// <param name="name">Name of the state.</param>
    /// <param name="serializer">Serializer of the value.</param>
    /// <param name="defaultValue">What a key without a value answers.</param>
    public ValueStateDescriptor(string name, ITypeSerializer<T> serializer, T? defaultValue = default)
        : base(name)
    {
        Serializer = serializer ?? throw new ArgumentNullException(nameof(serializer));
        DefaultValue = defaultValue;
    }

    /// <summary>Gets what a key without a value answers.</summary>
    public T? DefaultValue { get; }

    /// <summary>Gets the serializer of the value.</summary>
    public ITypeSerializer<T> Serializer { get; }
}
