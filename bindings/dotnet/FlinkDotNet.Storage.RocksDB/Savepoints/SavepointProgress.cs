using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>How far an export or import of a savepoint is.</summary>
/// <param name="Bytes">Bytes of the savepoint that were written or taken in.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SavepointProgress(long Bytes);
