using System.Buffers.Binary;
using System.Globalization;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Writes that <see cref="RocksDBStateBackend.Write"/> applies together, all or none, over any column families of one backend, in the order
/// in which they were added. The batch packs them in memory from the shared pool and crosses to the engine once; clear and reuse it. Not
/// safe for use by several threads.
/// </summary>
public sealed class WriteBatch : IDisposable
{
    private const int HeaderBytes = 16;

    private readonly PackedBuffer _records = new();

    private enum Kind : byte
    {
        Put = 1,
        Delete = 2,
        DeleteRange = 3,
    }

    /// <summary>Gets the number of writes in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the packed size of the batch in bytes; the largest that can be written is 256 MiB.</summary>
    public int SizeInBytes => _records.Length;

    /// <summary>Gets the packed records.</summary>
    internal ReadOnlySpan<byte> Records => _records.Written;

    /// <summary>Gets the backend of the batch's column families, null for an empty batch.</summary>
    internal RocksDBStateBackend? Backend { get; private set; }

    /// <summary>Adds a put.</summary>
    /// <param name="family">Column family of the row.</param>
    /// <param name="key">Key of the row, at most 64 KiB.</param>
    /// <param name="value">Value of the row, at most 64 MiB.</param>
    /// <exception cref="ArgumentException">
    /// The family belongs to another backend than the others, or the batch would become larger than 256 MiB.
    /// </exception>
    public void Put(RocksDBColumnFamily family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Add(Kind.Put, family, key, value);

    /// <summary>Adds a delete.</summary>
    /// <param name="family">Column family of the row.</param>
    /// <param name="key">Key of the row.</param>
    /// <exception cref="ArgumentException">
    /// The family belongs to another backend than the others, or the batch would become larger than 256 MiB.
    /// </exception>
    public void Delete(RocksDBColumnFamily family, ReadOnlySpan<byte> key) => Add(Kind.Delete, family, key, default);

    /// <summary>Adds a delete of a range.</summary>
    /// <param name="family">Column family of the rows.</param>
    /// <param name="begin">First key to delete.</param>
    /// <param name="end">First key to keep.</param>
    /// <exception cref="ArgumentException">
    /// The family belongs to another backend than the others, or the batch would become larger than 256 MiB.
    /// </exception>
    public void DeleteRange(RocksDBColumnFamily family, ReadOnlySpan<byte> begin, ReadOnlySpan<byte> end) => Add(Kind.DeleteRange, family, begin, end);

    /// <summary>Empties the batch and keeps its memory.</summary>
    public void Clear()
    {
        _records.SetLength(0);
        Count = 0;
        Backend = null;
    }

    /// <summary>Gives the memory back; the batch cannot be used any more.</summary>
    public void Dispose() => _records.Dispose();

    private void Add(Kind kind, RocksDBColumnFamily family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(family);
        if (!ReferenceEquals(Backend ?? family.Backend, family.Backend))
        {
            throw new ArgumentException($"A batch writes to one backend, and the column family '{family.Name}' belongs to another.", nameof(family));
        }

        var size = (long)HeaderBytes + key.Length + value.Length;
        if (_records.Length + size > NativeMethods.FSB_MAX_BATCH_BYTES) throw TooLarge();
        var record = _records.Append((int)size);
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)kind);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], family.Id);
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], value.Length);
        key.CopyTo(record[HeaderBytes..]);
        value.CopyTo(record[(HeaderBytes + key.Length)..]);
        Backend = family.Backend;
        Count++;
    }

    private static ArgumentException TooLarge() => new(string.Create(
        CultureInfo.InvariantCulture, $"A batch holds at most {NativeMethods.FSB_MAX_BATCH_BYTES} bytes; write it and go on with the next."));
}
