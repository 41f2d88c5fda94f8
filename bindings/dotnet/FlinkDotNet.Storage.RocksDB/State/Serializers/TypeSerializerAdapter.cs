using System.Buffers;
using FlinkDotNet.Core.Abstractions.Serializers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Uses a serializer of FLINK.NET's, which takes and makes an array for each call. The name of its format is that of its type.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
internal sealed class TypeSerializerAdapter<T>(ITypeSerializer<T> serializer) : IStateSerializer<T>, IAppendingSerializer
{
    /// <inheritdoc/>
    public string TypeId { get; } = serializer.GetType().ToString();

    /// <inheritdoc/>
    public bool TryWrite(T value, Span<byte> target, out int written)
    {
        var bytes = Serialize(value);
        written = bytes.Length;
        return bytes.AsSpan().TryCopyTo(target);
    }

    /// <inheritdoc/>
    public void Write(T value, IBufferWriter<byte> target) => target.Write(Serialize(value));

    /// <inheritdoc/>
    public T Read(ReadOnlySpan<byte> bytes) => serializer.Deserialize(bytes.ToArray())!;

    private byte[] Serialize(T value) => serializer.Serialize(value) ?? throw new InvalidOperationException("it answered null.");
}
