using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The four parts of a tuple one after the other, in order as far as their sizes are fixed.</summary>
/// <typeparam name="T1">Type of the first part.</typeparam>
/// <typeparam name="T2">Type of the second part.</typeparam>
/// <typeparam name="T3">Type of the third part.</typeparam>
/// <typeparam name="T4">Type of the fourth part.</typeparam>
internal sealed class TupleSerializer<T1, T2, T3, T4>(IStateSerializer<T1> first, IStateSerializer<T2> second, IStateSerializer<T3> third, IStateSerializer<T4> fourth)
    : IStateSerializer<(T1, T2, T3, T4)>
{
    /// <inheritdoc/>
    public string TypeId { get; } = $"({first.TypeId},{second.TypeId},{third.TypeId},{fourth.TypeId})";

    /// <inheritdoc/>
    public int? FixedSize { get; } = TuplePart.Sum(first.FixedSize, second.FixedSize, third.FixedSize, fourth.FixedSize);

    /// <inheritdoc/>
    public bool TryWrite((T1, T2, T3, T4) value, Span<byte> target, out int written)
    {
        written = 0;
        return TuplePart.TryWrite(first, value.Item1, last: false, target, ref written)
            && TuplePart.TryWrite(second, value.Item2, last: false, target, ref written)
            && TuplePart.TryWrite(third, value.Item3, last: false, target, ref written)
            && TuplePart.TryWrite(fourth, value.Item4, last: true, target, ref written);
    }

    /// <inheritdoc/>
    public void Write((T1, T2, T3, T4) value, IBufferWriter<byte> target)
    {
        TuplePart.Write(first, value.Item1, last: false, target);
        TuplePart.Write(second, value.Item2, last: false, target);
        TuplePart.Write(third, value.Item3, last: false, target);
        TuplePart.Write(fourth, value.Item4, last: true, target);
    }

    /// <inheritdoc/>
    public (T1, T2, T3, T4) Read(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        var item1 = TuplePart.Read(first, last: false, ref rest);
        var item2 = TuplePart.Read(second, last: false, ref rest);
        var item3 = TuplePart.Read(third, last: false, ref rest);
        var item4 = TuplePart.Read(fourth, last: true, ref rest);
        return (item1, item2, item3, item4);
    }
}
