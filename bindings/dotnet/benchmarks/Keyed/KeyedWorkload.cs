namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>What every side of the keyed comparison agrees on; the constants and functions of <c>benches/keyed</c>.</summary>
internal static class KeyedWorkload
{
    public const int MapEntries = 10;
    public const int LongListElements = 100;

    /// <summary>What read-modify-write makes of a value.</summary>
    public static long Modified(long before, long drawn) => before + (drawn & 0xff);

    /// <summary>The map key that an operation takes of a map with so many keys.</summary>
    public static long MapKeyOf(long drawn, uint count) => (long)((ulong)drawn % count);
}
