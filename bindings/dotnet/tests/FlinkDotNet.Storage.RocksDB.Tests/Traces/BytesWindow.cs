using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB.Tests.Traces;

/// <summary>A window of any bytes.</summary>
internal sealed class BytesWindow(byte[] bytes) : Window
{
    public static readonly IStateSerializer<BytesWindow> Serializer = new BytesWindowSerializer();

    public byte[] Bytes => bytes;

    public override long MaxTimestamp() => long.MaxValue;

    public override bool Equals(object? obj) => obj is BytesWindow other && bytes.AsSpan().SequenceEqual(other.Bytes);

    public override int GetHashCode() => bytes.Length;

    private sealed class BytesWindowSerializer : IStateSerializer<BytesWindow>
    {
        public string TypeId => "bytes";

        public bool TryWrite(BytesWindow value, Span<byte> target, out int written)
        {
            written = value.Bytes.Length;
            return value.Bytes.AsSpan().TryCopyTo(target);
        }

        public BytesWindow Read(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());
    }
}
