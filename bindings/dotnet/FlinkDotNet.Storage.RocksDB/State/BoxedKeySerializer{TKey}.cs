using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Serializes boxed keys by the serializer of their type.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
internal sealed class BoxedKeySerializer<TKey>(IStateSerializer<TKey> serializer) : BoxedKeySerializer(serializer.TypeId)
    where TKey : notnull
{
    /// <inheritdoc/>
    public override bool TryWrite(object key, Span<byte> target, out int written) => serializer.TryWrite((TKey)key, target, out written);

    /// <inheritdoc/>
    public override void Write(object key, IBufferWriter<byte> target) => serializer.Write((TKey)key, target);

    /// <inheritdoc/>
    public override object Read(ReadOnlySpan<byte> bytes) => serializer.Read(bytes);
}
