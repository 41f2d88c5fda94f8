using System.Buffers;
using System.Globalization;
using FlinkDotNet.Core.Abstractions.Serializers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Turns values into bytes and back without an array in between. A descriptor takes it wherever FLINK.NET asks for an
/// <see cref="ITypeSerializer{T}"/>; a serializer that implements only that one works as well, at the price of an array for each call.
/// </summary>
/// <remarks>
/// Two values are the same key, namespace or map key when their bytes are the same. Map entries are scanned in the order of the bytes of
/// their keys. An implementation is used by one thread at a time in each keyed backend, and by several when several backends share it.
/// </remarks>
/// <typeparam name="T">Type of the values.</typeparam>
public interface IStateSerializer<T> : ITypeSerializer<T>
{
    private const int FirstGuessBytes = 256;
    private const int LargestBytes = 64 << 20;

    /// <summary>
    /// Gets the name of the format, such as <c>i64</c>. It is registered with the state: a state opened later with another name is refused,
    /// so change it when the bytes change their meaning, and only then.
    /// </summary>
    string TypeId { get; }

    /// <summary>Gets the size of every value in bytes, or null when sizes differ.</summary>
    int? FixedSize => null;

    /// <summary>Writes a value into memory.</summary>
    /// <param name="value">The value.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="written">Bytes written; ignored unless the answer is true.</param>
    /// <returns>Whether the memory was large enough; if not, what is in it is ignored.</returns>
    bool TryWrite(T value, Span<byte> target, out int written);

    /// <summary>Appends a value of any size. Called when <see cref="TryWrite"/> found the memory too small.</summary>
    /// <param name="value">The value.</param>
    /// <param name="target">Where it goes.</param>
    void Write(T value, IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        for (var guess = FixedSize ?? FirstGuessBytes; guess <= LargestBytes; guess *= 4)
        {
            if (!TryWrite(value, target.GetSpan(guess), out var written)) continue;
            target.Advance(written);
            return;
        }

        throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The value takes more than {LargestBytes} bytes."), nameof(value));
    }

    /// <summary>Reads a value back.</summary>
    /// <param name="bytes">All bytes of the value, valid during the call only.</param>
    /// <returns>The value.</returns>
    T Read(ReadOnlySpan<byte> bytes);

    /// <inheritdoc/>
    byte[] ITypeSerializer<T>.Serialize(T obj)
    {
        var bytes = new ArrayBufferWriter<byte>(FixedSize ?? FirstGuessBytes);
        Write(obj, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    T? ITypeSerializer<T>.Deserialize(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return Read(bytes);
    }
}
