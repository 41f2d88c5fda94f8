using System.Buffers.Binary;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A packed timer: time (u8), has_hash (u8), zero (u16), hash (i32), timestamp (i64), key length (u32), namespace length (u32), key,
/// namespace; little-endian.
/// </summary>
internal readonly ref struct TimerRecord
{
    private const int HasHashAt = 1;
    private const int HashAt = 4;
    private const int TimestampAt = 8;
    private const int KeyLengthAt = 16;
    private const int NamespaceLengthAt = 20;
    private const int HeaderBytes = 24;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Initializes a new instance of the <see cref="TimerRecord"/> struct over the record at the beginning of some bytes.</summary>
    public TimerRecord(ReadOnlySpan<byte> page)
    {
        var keyLength = BinaryPrimitives.ReadInt32LittleEndian(page[KeyLengthAt..]);
        var namespaceLength = BinaryPrimitives.ReadInt32LittleEndian(page[NamespaceLengthAt..]);
        _bytes = page[..(HeaderBytes + keyLength + namespaceLength)];
        Key = page.Slice(HeaderBytes, keyLength);
        Namespace = page.Slice(HeaderBytes + keyLength, namespaceLength);
    }

    /// <summary>Gets the size of the record in bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>Gets the timestamp.</summary>
    public long Timestamp => BinaryPrimitives.ReadInt64LittleEndian(_bytes[TimestampAt..]);

    /// <summary>Gets the serialized key.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Gets the serialized namespace.</summary>
    public ReadOnlySpan<byte> Namespace { get; }

    /// <summary>Appends the record of a timer.</summary>
    public static void Append<TKey, TWindow>(
        PackedBuffer target, byte time, int? hash, long timestamp, in Codec<TKey> keyCodec, TKey key, in Codec<TWindow> windowCodec, TWindow window)
    {
        var start = target.Length;
        target.Append(HeaderBytes);
        var keyLength = keyCodec.Append(target, key);
        var namespaceLength = windowCodec.Append(target, window);
        var header = target.At(start)[..HeaderBytes];
        header.Clear();
        header[0] = time;
        header[HasHashAt] = hash.HasValue ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(header[HashAt..], hash.GetValueOrDefault());
        BinaryPrimitives.WriteInt64LittleEndian(header[TimestampAt..], timestamp);
        BinaryPrimitives.WriteInt32LittleEndian(header[KeyLengthAt..], keyLength);
        BinaryPrimitives.WriteInt32LittleEndian(header[NamespaceLengthAt..], namespaceLength);
    }

    /// <summary>Says whether two records of one clock are the same timer.</summary>
    public bool IsSameAs(in TimerRecord other) =>
        Timestamp == other.Timestamp && Key.SequenceEqual(other.Key) && Namespace.SequenceEqual(other.Namespace);
}
