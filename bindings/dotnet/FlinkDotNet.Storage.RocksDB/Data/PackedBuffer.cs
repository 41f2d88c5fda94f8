using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Bytes that grow at their end, in memory from the shared pool. Not safe for use by several threads.</summary>
internal sealed class PackedBuffer : IDisposable
{
    private const int SmallestBytes = 256;

    private byte[]? _bytes = [];

    /// <summary>Gets the number of bytes appended.</summary>
    public int Length { get; private set; }

    /// <summary>Gets the bytes appended.</summary>
    public ReadOnlySpan<byte> Written => Bytes.AsSpan(0, Length);

    private byte[] Bytes => _bytes ?? throw new ObjectDisposedException(nameof(PackedBuffer), "The batch or multi-get has been disposed.");

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
