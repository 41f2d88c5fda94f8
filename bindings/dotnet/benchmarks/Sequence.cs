using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>Keys and values that one round uses, in order; the engine's <c>struct sequence</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct Sequence(nuint count, byte* keys, byte* values, long until = 0)
{
    private readonly nuint _count = count;
    private readonly byte* _keys = keys;
    private readonly byte* _values = values;
    private readonly long _until = until;

    /// <summary>Gets the number of keys.</summary>
    public int Count => (int)_count;

    /// <summary>Gets the time that timers are due up to.</summary>
    public long Until => _until;

    /// <summary>Gets the key at a position.</summary>
    public ReadOnlySpan<byte> Key(int at) => new(_keys + ((nint)at * Workload.KeyBytes), Workload.KeyBytes);

    /// <summary>Gets the value at a position.</summary>
    public ReadOnlySpan<byte> Value(int at) => new(_values + ((nint)at * Workload.ValueBytes), Workload.ValueBytes);

    /// <summary>Gets the key at a position where keys are numbers.</summary>
    public long KeyNumber(int at) => Number(_keys, at);

    /// <summary>Gets the value at a position where values are numbers.</summary>
    public long ValueNumber(int at) => Number(_values, at);

    private static long Number(byte* numbers, int at) =>
        BinaryPrimitives.ReadInt64BigEndian(new ReadOnlySpan<byte>(numbers + ((nint)at * sizeof(long)), sizeof(long))) ^ long.MinValue;
}
