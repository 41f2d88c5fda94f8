using System.Buffers;
using System.Text;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Serializes keys of any type that has a serializer: the name of the format, behind its length in one byte, then the key.</summary>
internal sealed class ObjectKeySerializer(KeySerializers serializers) : IStateSerializer<object>
{
    /// <inheritdoc/>
    public string TypeId => "object";

    /// <inheritdoc/>
    public bool TryWrite(object value, Span<byte> target, out int written)
    {
        var serializer = serializers.Of(value);
        written = serializer.Prefix.Length;
        if (!serializer.Prefix.AsSpan().TryCopyTo(target) || !serializer.TryWrite(value, target[written..], out var ofKey)) return false;
        written += ofKey;
        return true;
    }

    /// <inheritdoc/>
    public void Write(object value, IBufferWriter<byte> target)
    {
        var serializer = serializers.Of(value);
        target.Write(serializer.Prefix);
        serializer.Write(value, target);
    }

    /// <inheritdoc/>
    public object Read(ReadOnlySpan<byte> bytes)
    {
        var typeId = bytes.IsEmpty || bytes[0] >= bytes.Length ? string.Empty : Encoding.UTF8.GetString(bytes.Slice(1, bytes[0]));
        if (!serializers.TryGet(typeId, out var serializer)) throw new FormatException($"no serializer has the format '{typeId}'.");
        return serializer.Read(bytes[(1 + bytes[0])..]);
    }
}
