namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What opening found in the folder.</summary>
/// <param name="LastSequence">Sequence number of the last write recovered; 0 for a new folder.</param>
/// <param name="RecordedSequence">
/// Sequence number that the folder was known to hold when it was flushed or closed; 0 when it never was.
/// </param>
/// <param name="WalDroppedBytes">
/// Bytes of the write-ahead log that the engine reported as damaged and dropped; at least these are lost.
/// </param>
/// <param name="WalDroppedRecords">Damaged places that the engine reported.</param>
public sealed record RecoveryReport(ulong LastSequence, ulong RecordedSequence, ulong WalDroppedBytes, ulong WalDroppedRecords)
{
    /// <summary>Gets a value indicating whether anything was dropped.</summary>
    public bool HasDropped => WalDroppedBytes > 0 || WalDroppedRecords > 0;
}
