using System.Buffers.Binary;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Keys to read together, and their values after <see cref="RocksDBColumnFamily.MultiGet"/>. Keys and values are packed in memory from the
/// shared pool and cross to the engine and back once; clear and reuse the object. Not safe for use by several threads.
/// </summary>
public sealed class MultiGet : IDisposable
{
    private const int GuessedValueBytes = 128;

    private readonly PackedBuffer _keys = new();
    private readonly PackedBuffer _answers = new();
    private int[] _valueOffsets = [];
    private int _answered;

    /// <summary>Gets the number of keys.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a key. The values read before are forgotten.</summary>
    /// <param name="key">The key, at most 64 KiB.</param>
    public void Add(ReadOnlySpan<byte> key)
    {
        var record = _keys.Append(checked(sizeof(uint) + key.Length));
        BinaryPrimitives.WriteInt32LittleEndian(record, key.Length);
        key.CopyTo(record[sizeof(uint)..]);
        Count++;
        _answered = 0;
    }

    /// <summary>Gets the value of a key.</summary>
    /// <param name="index">Number of the key in the order in which the keys were added, from zero.</param>
    /// <param name="value">The value, valid until the next call that changes this object.</param>
    /// <returns>Whether the key had a row.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such key, or its value has not been read yet.</exception>
    public bool TryGetValue(int index, out ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _answered);
        var record = _answers.Written[_valueOffsets[index]..];
        var length = BinaryPrimitives.ReadUInt32LittleEndian(record);
        var found = length != NativeMethods.FSB_ABSENT;
        value = found ? record.Slice(sizeof(uint), (int)length) : default;
        return found;
    }

    /// <summary>Removes keys and values and keeps the memory.</summary>
    public void Clear()
    {
        _keys.SetLength(0);
        _answers.SetLength(0);
        Count = 0;
        _answered = 0;
    }

    /// <summary>Gives the memory back; the object cannot be used any more.</summary>
    public void Dispose()
    {
        _keys.Dispose();
        _answers.Dispose();
        _answered = 0;
    }

    /// <summary>Reads the values of all keys.</summary>
    internal void Execute(ColumnFamilyHandle family, NativeSnapshotHandle? snapshot)
    {
        _answered = 0;
        _answers.SetLength(0);
        var room = _answers.Reserve(checked(Count * (sizeof(uint) + GuessedValueBytes)));
        int length;
        while (family.MultiGet(snapshot, _keys.Written, room, out length) == StateBackendStatus.BufferTooSmall) room = _answers.Reserve(length);
        _answers.SetLength(length);
        FindValues();
    }

    private void FindValues()
    {
        if (_valueOffsets.Length < Count) _valueOffsets = new int[Math.Max(Count, _valueOffsets.Length * 2)];
        var answers = _answers.Written;
        var offset = 0;
        for (var index = 0; index < Count; index++)
        {
            _valueOffsets[index] = offset;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(answers[offset..]);
            offset += sizeof(uint) + (length == NativeMethods.FSB_ABSENT ? 0 : (int)length);
        }

        _answered = Count;
    }
}
