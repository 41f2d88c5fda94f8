using System.Buffers.Binary;

namespace FlinkDotNet.Storage.RocksDB;

// Floating-point numbers keep their order: negative ones have all bits flipped, the others the sign. Every bit pattern comes back as it
// was; 0.0 and -0.0 are equal to C#, but differ in their bytes.

internal readonly struct SingleFormat : IFixedFormat<float>
{
    public static string TypeId => "f32";

    public static int Size => sizeof(float);

    public static void Write(float value, Span<byte> target)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        BinaryPrimitives.WriteInt32BigEndian(target, bits < 0 ? ~bits : bits ^ int.MinValue);
    }

    public static float Read(ReadOnlySpan<byte> bytes)
    {
        var ordered = BinaryPrimitives.ReadInt32BigEndian(bytes);
        return BitConverter.Int32BitsToSingle(ordered < 0 ? ordered ^ int.MinValue : ~ordered);
    }
}

internal readonly struct DoubleFormat : IFixedFormat<double>
{
    public static string TypeId => "f64";

    public static int Size => sizeof(double);

    public static void Write(double value, Span<byte> target)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        BinaryPrimitives.WriteInt64BigEndian(target, bits < 0 ? ~bits : bits ^ long.MinValue);
    }

    public static double Read(ReadOnlySpan<byte> bytes)
    {
        var ordered = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return BitConverter.Int64BitsToDouble(ordered < 0 ? ordered ^ long.MinValue : ~ordered);
    }
}

/// <summary>The four parts of a decimal, which keep its scale: 1.0 and 1.00 are equal to C#, but differ in their bytes. Not in order.</summary>
internal readonly struct DecimalFormat : IFixedFormat<decimal>
{
    private const int Parts = 4;

    public static string TypeId => "decimal";

    public static int Size => Parts * sizeof(int);

    public static void Write(decimal value, Span<byte> target)
    {
        Span<int> parts = stackalloc int[Parts];
        decimal.GetBits(value, parts);
        for (var part = 0; part < Parts; part++) BinaryPrimitives.WriteInt32BigEndian(target[(part * sizeof(int))..], parts[part]);
    }

    public static decimal Read(ReadOnlySpan<byte> bytes)
    {
        Span<int> parts = stackalloc int[Parts];
        for (var part = 0; part < Parts; part++) parts[part] = BinaryPrimitives.ReadInt32BigEndian(bytes[(part * sizeof(int))..]);
        return new decimal(parts);
    }
}
