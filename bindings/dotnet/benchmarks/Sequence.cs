using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>Keys and values that one round uses, in order; the engine's <c>struct sequence</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct Sequence(nuint count, byte* keys, byte* values)
{
    private readonly nuint _count = count;
    private readonly byte* _keys = keys;
    private readonly byte* _values = values;

    /// <summary>Gets the number of keys.</summary>
    public int Count => (int)_count;

    /// <summary>Gets the key at a position.</summary>
    public ReadOnlySpan<byte> Key(int at) => new(_keys + ((nint)at * Workload.KeyBytes), Workload.KeyBytes);

    /// <summary>Gets the value at a position.</summary>
    public ReadOnlySpan<byte> Value(int at) => new(_values + ((nint)at * Workload.ValueBytes), Workload.ValueBytes);
}
