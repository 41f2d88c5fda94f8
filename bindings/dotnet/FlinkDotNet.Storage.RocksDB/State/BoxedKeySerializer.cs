using System.Buffers;
using System.Text;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Serializes keys of one type without that type in its signature.</summary>
internal abstract class BoxedKeySerializer
{
    private const int LongestTypeId = byte.MaxValue;

    /// <summary>Initializes a new instance of the <see cref="BoxedKeySerializer"/> class for a format of that name.</summary>
    protected BoxedKeySerializer(string typeId)
    {
        var name = Encoding.UTF8.GetBytes(typeId);
        if (name.Length > LongestTypeId) throw new ArgumentException($"The name of a format of keys has at most 255 bytes, but '{typeId}' has more.");
        Prefix = [(byte)name.Length, .. name];
    }

    /// <summary>Gets what the bytes of each key begin with: the name of the format, behind its length.</summary>
    public byte[] Prefix { get; }

    /// <summary>Writes the bytes behind the prefix into memory; false when it is too small.</summary>
    public abstract bool TryWrite(object key, Span<byte> target, out int written);

    /// <summary>Appends the bytes behind the prefix.</summary>
    public abstract void Write(object key, IBufferWriter<byte> target);

    /// <summary>Reads the bytes behind the prefix.</summary>
    public abstract object Read(ReadOnlySpan<byte> bytes);
}
