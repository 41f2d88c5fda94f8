namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>
/// One side of the comparison: a state folder opened through one C# API, and the same operations on it. Each runs over the whole sequence and returns a
/// checksum of what it read, which the engine compares with that of the other sides.
/// </summary>
internal interface IComparedSide : IDisposable
{
    /// <summary>Makes the cheapest call that reaches the native library and does nothing in the engine, once per key.</summary>
    ulong Boundary(in Sequence sequence);

    /// <summary>Reads one value per call.</summary>
    ulong Get(in Sequence sequence);

    /// <summary>Asks whether a key has a row.</summary>
    ulong Contains(in Sequence sequence);

    /// <summary>Reads <see cref="Workload.MultiGetKeys"/> values per call.</summary>
    ulong MultiGet(in Sequence sequence);

    /// <summary>Reads all rows of the read family in order.</summary>
    ulong Scan();

    /// <summary>Writes one row per call.</summary>
    ulong Put(in Sequence sequence);

    /// <summary>Writes <see cref="Workload.BatchRows"/> rows per call.</summary>
    ulong WriteBatch(in Sequence sequence);

    /// <summary>Flushes and compacts the write family.</summary>
    void Settle();
}
