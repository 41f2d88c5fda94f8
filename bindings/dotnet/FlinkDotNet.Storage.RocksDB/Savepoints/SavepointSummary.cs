using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What a savepoint is that was read as a whole.</summary>
/// <param name="EntryCount">Number of values, elements, map entries, timers and rows.</param>
/// <param name="RawBytes">Bytes of it before they were compressed.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SavepointSummary(long EntryCount, long RawBytes);
