using System.Buffers;
using System.Globalization;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Serializes by a format of one size.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
/// <typeparam name="TFormat">The format.</typeparam>
internal sealed class FixedSizeSerializer<T, TFormat> : IStateSerializer<T>
    where TFormat : struct, IFixedFormat<T>
{
    /// <inheritdoc/>
    public string TypeId => TFormat.TypeId;

    /// <inheritdoc/>
    public int? FixedSize => TFormat.Size;

    /// <inheritdoc/>
    public bool TryWrite(T value, Span<byte> target, out int written)
    {
        written = TFormat.Size;
        if (target.Length < TFormat.Size) return false;
        TFormat.Write(value, target[..TFormat.Size]);
        return true;
    }

    /// <inheritdoc/>
    public void Write(T value, IBufferWriter<byte> target)
    {
        TFormat.Write(value, target.GetSpan(TFormat.Size)[..TFormat.Size]);
        target.Advance(TFormat.Size);
    }

    /// <inheritdoc/>
    public T Read(ReadOnlySpan<byte> bytes) => bytes.Length == TFormat.Size ? TFormat.Read(bytes) : throw WrongSize(bytes.Length);

    private static FormatException WrongSize(int length) => new(string.Create(
        CultureInfo.InvariantCulture, $"A value of the format {TFormat.TypeId} has {TFormat.Size} bytes, but these are {length}."));
}
