using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The key groups of one keyed backend: from the first to the last, both inclusive.</summary>
/// <param name="First">The first key group, from zero.</param>
/// <param name="Last">The last key group.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct KeyGroupRange(int First, int Last)
{
    /// <summary>Gets the number of key groups.</summary>
    public int Count => Last - First + 1;

    /// <summary>Says whether a key group is in the range.</summary>
    /// <param name="keyGroup">The key group.</param>
    /// <returns>Whether it is.</returns>
    public bool Contains(int keyGroup) => keyGroup >= First && keyGroup <= Last;
}
