using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The two parts of a tuple one after the other, in order as far as their sizes are fixed.</summary>
/// <typeparam name="T1">Type of the first part.</typeparam>
/// <typeparam name="T2">Type of the second part.</typeparam>
internal sealed class TupleSerializer<T1, T2>(IStateSerializer<T1> first, IStateSerializer<T2> second)
    : IStateSerializer<(T1, T2)>
{
    /// <inheritdoc/>
    public string TypeId { get; } = $"({first.TypeId},{second.TypeId})";

    /// <inheritdoc/>
    public int? FixedSize { get; } = TuplePart.Sum(first.FixedSize, second.FixedSize);

    /// <inheritdoc/>
    public bool TryWrite((T1, T2) value, Span<byte> target, out int written)
    {
        written = 0;
        return TuplePart.TryWrite(first, value.Item1, last: false, target, ref written)
            && TuplePart.TryWrite(second, value.Item2, last: true, target, ref written);
    }

    /// <inheritdoc/>
    public void Write((T1, T2) value, IBufferWriter<byte> target)
    {
        TuplePart.Write(first, value.Item1, last: false, target);
        TuplePart.Write(second, value.Item2, last: true, target);
    }

    /// <inheritdoc/>
    public (T1, T2) Read(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        var item1 = TuplePart.Read(first, last: false, ref rest);
        var item2 = TuplePart.Read(second, last: true, ref rest);
        return (item1, item2);
    }
}
