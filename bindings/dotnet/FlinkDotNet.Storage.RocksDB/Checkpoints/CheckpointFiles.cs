using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Files of checkpoints that were read or removed.</summary>
/// <param name="FileCount">How many.</param>
/// <param name="Bytes">Their size in bytes.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CheckpointFiles(long FileCount, long Bytes);
