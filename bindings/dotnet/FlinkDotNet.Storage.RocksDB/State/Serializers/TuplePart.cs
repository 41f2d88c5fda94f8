using System.Buffers;
using System.Buffers.Binary;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// One part of a tuple. A part whose size differs, unless it is the last, has its length before it in four big-endian bytes, so that no two
/// tuples have the same bytes.
/// </summary>
internal static class TuplePart
{
    private const int LengthBytes = sizeof(uint);

    /// <summary>Appends a part at <paramref name="written"/> and moves it on; false when the memory is too small.</summary>
    public static bool TryWrite<T>(IStateSerializer<T> serializer, T value, bool last, Span<byte> target, ref int written)
    {
        var framed = IsFramed(serializer, last);
        var start = written + (framed ? LengthBytes : 0);
        if (start > target.Length || !serializer.TryWrite(value, target[start..], out var length)) return false;
        if (framed) BinaryPrimitives.WriteInt32BigEndian(target[written..], length);
        written = start + length;
        return true;
    }

    /// <summary>Appends a part of any size.</summary>
    public static void Write<T>(IStateSerializer<T> serializer, T value, bool last, IBufferWriter<byte> target)
    {
        if (!IsFramed(serializer, last))
        {
            serializer.Write(value, target);
            return;
        }

        var part = PackedBuffer.Rent();
        try
        {
            serializer.Write(value, part);
            BinaryPrimitives.WriteInt32BigEndian(target.GetSpan(LengthBytes), part.Length);
            target.Advance(LengthBytes);
            target.Write(part.Written);
        }
        finally
        {
            part.Return();
        }
    }

    /// <summary>Reads a part off the beginning of <paramref name="rest"/>.</summary>
    public static T Read<T>(IStateSerializer<T> serializer, bool last, ref ReadOnlySpan<byte> rest)
    {
        var length = rest.Length;
        if (IsFramed(serializer, last)) length = FrameLength(ref rest);
        else if (!last) length = serializer.FixedSize!.Value;
        if ((uint)length > (uint)rest.Length) throw new FormatException("The bytes of a tuple end before its parts do.");
        var value = serializer.Read(rest[..length]);
        rest = rest[length..];
        return value;
    }

    /// <summary>Adds sizes; null when one of them differs from value to value.</summary>
    public static int? Sum(params int?[] sizes) => sizes.Aggregate((int?)0, (sum, size) => sum + size);

    private static bool IsFramed<T>(IStateSerializer<T> serializer, bool last) => !last && serializer.FixedSize is null;

    private static int FrameLength(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < LengthBytes) throw new FormatException("The bytes of a tuple end within the length of a part.");
        var length = BinaryPrimitives.ReadInt32BigEndian(rest);
        rest = rest[LengthBytes..];
        return length;
    }
}
