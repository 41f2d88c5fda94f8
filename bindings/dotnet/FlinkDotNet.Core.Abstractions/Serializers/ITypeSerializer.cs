namespace FlinkDotNet.Core.Abstractions.Serializers;

/// <summary>Turns values into bytes and back.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
public interface ITypeSerializer<T>
{
    /// <summary>Serializes a value.</summary>
    /// <param name="obj">The value.</param>
    /// <returns>Its bytes.</returns>
    byte[] Serialize(T obj);

    /// <summary>Reads a value back.</summary>
    /// <param name="bytes">Bytes that <see cref="Serialize"/> made.</param>
    /// <returns>The value.</returns>
    T? Deserialize(byte[] bytes);
}
