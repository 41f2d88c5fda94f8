using FlinkDotNet.Core.Abstractions.Serializers;

namespace FlinkDotNet.Core.Abstractions.Models.State;

/// <summary>Declares a map state.</summary>
/// <typeparam name="TK">Type of the map's keys.</typeparam>
/// <typeparam name="TV">Type of the map's values.</typeparam>
public class MapStateDescriptor<TK, TV> : StateDescriptor
{
    /// <summary>Initializes a new instance of the <see cref="MapStateDescriptor{TK, TV}"/> class.</summary>
    /// <param name="name">Name of the state.</param>
    /// <param name="keySerializer">Serializer of a map key.</param>
    /// <param name="valueSerializer">Serializer of a map value.</param>
    public MapStateDescriptor(string name, ITypeSerializer<TK> keySerializer, ITypeSerializer<TV> valueSerializer)
        : base(name)
    {
        KeySerializer = keySerializer ?? throw new ArgumentNullException(nameof(keySerializer));
        ValueSerializer = valueSerializer ?? throw new ArgumentNullException(nameof(valueSerializer));
    }

    /// <summary>Gets the serializer of a map key.</summary>
    public ITypeSerializer<TK> KeySerializer { get; }

    /// <summary>Gets the serializer of a map value.</summary>
    public ITypeSerializer<TV> ValueSerializer { get; }
}
