using System.Buffers.Binary;

namespace FlinkDotNet.Storage.RocksDB;

// Integers are big-endian with the sign flipped, so that the order of the bytes is the order of the numbers.

internal readonly struct BooleanFormat : IFixedFormat<bool>
{
    public static string TypeId => "bool";

    public static int Size => 1;

    public static void Write(bool value, Span<byte> target) => target[0] = value ? (byte)1 : (byte)0;

    public static bool Read(ReadOnlySpan<byte> bytes) => bytes[0] switch
    {
        0 => false,
        1 => true,
        _ => throw new FormatException("A truth value is the byte 0 or 1."),
    };
}

internal readonly struct ByteFormat : IFixedFormat<byte>
{
    public static string TypeId => "u8";

    public static int Size => sizeof(byte);

    public static void Write(byte value, Span<byte> target) => target[0] = value;

    public static byte Read(ReadOnlySpan<byte> bytes) => bytes[0];
}

internal readonly struct SByteFormat : IFixedFormat<sbyte>
{
    public static string TypeId => "i8";

    public static int Size => sizeof(sbyte);

    public static void Write(sbyte value, Span<byte> target) => target[0] = (byte)(value ^ sbyte.MinValue);

    public static sbyte Read(ReadOnlySpan<byte> bytes) => (sbyte)(bytes[0] ^ 0x80);
}

internal readonly struct Int16Format : IFixedFormat<short>
{
    public static string TypeId => "i16";

    public static int Size => sizeof(short);

    public static void Write(short value, Span<byte> target) => BinaryPrimitives.WriteInt16BigEndian(target, (short)(value ^ short.MinValue));

    public static short Read(ReadOnlySpan<byte> bytes) => (short)(BinaryPrimitives.ReadInt16BigEndian(bytes) ^ short.MinValue);
}

internal readonly struct UInt16Format : IFixedFormat<ushort>
{
    public static string TypeId => "u16";

    public static int Size => sizeof(ushort);

    public static void Write(ushort value, Span<byte> target) => BinaryPrimitives.WriteUInt16BigEndian(target, value);

    public static ushort Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);
}

internal readonly struct Int32Format : IFixedFormat<int>
{
    public static string TypeId => "i32";

    public static int Size => sizeof(int);

    public static void Write(int value, Span<byte> target) => BinaryPrimitives.WriteInt32BigEndian(target, value ^ int.MinValue);

    public static int Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32BigEndian(bytes) ^ int.MinValue;
}

internal readonly struct UInt32Format : IFixedFormat<uint>
{
    public static string TypeId => "u32";

    public static int Size => sizeof(uint);

    public static void Write(uint value, Span<byte> target) => BinaryPrimitives.WriteUInt32BigEndian(target, value);

    public static uint Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32BigEndian(bytes);
}

internal readonly struct Int64Format : IFixedFormat<long>
{
    public static string TypeId => "i64";

    public static int Size => sizeof(long);

    public static void Write(long value, Span<byte> target) => BinaryPrimitives.WriteInt64BigEndian(target, value ^ long.MinValue);

    public static long Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64BigEndian(bytes) ^ long.MinValue;
}

internal readonly struct UInt64Format : IFixedFormat<ulong>
{
    public static string TypeId => "u64";

    public static int Size => sizeof(ulong);

    public static void Write(ulong value, Span<byte> target) => BinaryPrimitives.WriteUInt64BigEndian(target, value);

    public static ulong Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64BigEndian(bytes);
}

internal readonly struct CharFormat : IFixedFormat<char>
{
    public static string TypeId => "char";

    public static int Size => sizeof(char);

    public static void Write(char value, Span<byte> target) => BinaryPrimitives.WriteUInt16BigEndian(target, value);

    public static char Read(ReadOnlySpan<byte> bytes) => (char)BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
