using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>One byte that says whether there is a value, then the value. Nothing comes before everything.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
internal sealed class NullableSerializer<T>(IStateSerializer<T> inner) : IStateSerializer<T?>
    where T : struct
{
    private const byte Nothing = 0;
    private const byte Something = 1;

    /// <inheritdoc/>
    public string TypeId => inner.TypeId + "?";

    /// <inheritdoc/>
    public bool TryWrite(T? value, Span<byte> target, out int written)
    {
        written = 1;
        if (target.IsEmpty) return false;
        target[0] = value.HasValue ? Something : Nothing;
        if (!value.HasValue) return true;
        var fits = inner.TryWrite(value.GetValueOrDefault(), target[1..], out var ofValue);
        written += ofValue;
        return fits;
    }

    /// <inheritdoc/>
    public void Write(T? value, IBufferWriter<byte> target)
    {
        target.GetSpan(1)[0] = value.HasValue ? Something : Nothing;
        target.Advance(1);
        if (value.HasValue) inner.Write(value.GetValueOrDefault(), target);
    }

    /// <inheritdoc/>
    public T? Read(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [Nothing] => null,
        [Something, .. var value] => inner.Read(value),
        _ => throw new FormatException("A value that may be missing begins with the byte 0, alone, or 1."),
    };
}
