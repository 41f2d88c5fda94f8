using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Bytes as they are, in an array.</summary>
internal sealed class BytesSerializer : IStateSerializer<byte[]>
{
    /// <inheritdoc/>
    public string TypeId => "bytes";

    /// <inheritdoc/>
    public bool TryWrite(byte[] value, Span<byte> target, out int written)
    {
        ArgumentNullException.ThrowIfNull(value);
        written = value.Length;
        return value.AsSpan().TryCopyTo(target);
    }

    /// <inheritdoc/>
    public void Write(byte[] value, IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(value);
        target.Write(value);
    }

    /// <inheritdoc/>
    public byte[] Read(ReadOnlySpan<byte> bytes) => bytes.ToArray();
}
