using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Bytes that grow at their end, in memory from the shared pool. Not safe for use by several threads.</summary>
internal sealed class PackedBuffer : IBufferWriter<byte>, IDisposable
{
    private const int SmallestBytes = 256;
    private const int LargestSpareBytes = 1 << 20;

    [ThreadStatic]
    private static PackedBuffer? _spare;

    private byte[]? _bytes = [];

    /// <summary>Gets the number of bytes appended.</summary>
    public int Length { get; private set; }

    /// <summary>Gets the bytes appended.</summary>
    public ReadOnlySpan<byte> Written => Bytes.AsSpan(0, Length);

    private byte[] Bytes => _bytes ?? throw new ObjectDisposedException(nameof(PackedBuffer), "The batch or multi-get has been disposed.");

    /// <summary>Takes this thread's spare buffer, empty, or a new one; give it back by <see cref="Return"/>.</summary>
    public static PackedBuffer Rent()
    {
        var rented = _spare ?? new PackedBuffer();
        _spare = null;
        return rented;
    }

    /// <summary>Keeps a rented buffer, with its memory unless that is large, as this thread's spare.</summary>
    public void Return()
    {
        Length = 0;
        if (_bytes is { Length: > LargestSpareBytes }) Dispose();
        else _spare = this;
    }

    /// <summary>Appends <paramref name="count"/> bytes for the caller to fill.</summary>
    public Span<byte> Append(int count)
    {
        var start = Length;
        if (count > Bytes.Length - start) Reserve(checked(start + count));
        Length = start + count;
        return _bytes.AsSpan(start, count);
    }

    /// <summary>Makes room for at least <paramref name="capacity"/> bytes in all and answers the whole room.</summary>
    public Span<byte> Reserve(int capacity)
    {
        if (capacity <= Bytes.Length) return _bytes;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, SmallestBytes));
        Written.CopyTo(larger);
        GiveBack();
        _bytes = larger;
        return larger;
    }

    /// <summary>Takes the first <paramref name="length"/> bytes of the room as appended.</summary>
    public void SetLength(int length) => Length = length;

    /// <summary>Gives the bytes from <paramref name="start"/> on, for a caller that filled in a part before it knew its size.</summary>
    public Span<byte> At(int start) => Bytes.AsSpan(start, Length - start);

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Bytes.Length - Length);
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(checked(Length + Math.Max(sizeHint, 1)));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(checked(Length + Math.Max(sizeHint, 1)));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Gives the memory back to the pool; the buffer cannot be used any more.</summary>
    public void Dispose()
    {
        GiveBack();
        _bytes = null;
        Length = 0;
    }

    private void GiveBack()
    {
        if (_bytes is { Length: > 0 }) ArrayPool<byte>.Shared.Return(_bytes);
    }
}
