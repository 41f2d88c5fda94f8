using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Bytes as they are, in memory of any kind; the same format as an array's.</summary>
internal sealed class MemorySerializer : IStateSerializer<ReadOnlyMemory<byte>>
{
    /// <inheritdoc/>
    public string TypeId => "bytes";

    /// <inheritdoc/>
    public bool TryWrite(ReadOnlyMemory<byte> value, Span<byte> target, out int written)
    {
        written = value.Length;
        return value.Span.TryCopyTo(target);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlyMemory<byte> value, IBufferWriter<byte> target) => target.Write(value.Span);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Read(ReadOnlySpan<byte> bytes) => bytes.ToArray();
}
