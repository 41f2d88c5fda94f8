namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Sixteen bytes in the order in which a Guid is written as text, which is its own order.</summary>
internal readonly struct GuidFormat : IFixedFormat<Guid>
{
    public static string TypeId => "guid";

    public static int Size => 16;

    public static void Write(Guid value, Span<byte> target) => value.TryWriteBytes(target, bigEndian: true, out _);

    public static Guid Read(ReadOnlySpan<byte> bytes) => new(bytes, bigEndian: true);
}
