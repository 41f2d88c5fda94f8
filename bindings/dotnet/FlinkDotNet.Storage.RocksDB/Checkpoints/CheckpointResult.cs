using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What a checkpoint was, once it is published.</summary>
/// <param name="CheckpointId">Its id.</param>
/// <param name="SyncDuration">How long the caller, and in part writers, waited: row caches, flush and links.</param>
/// <param name="AsyncDuration">From then on until it was published.</param>
/// <param name="NewBytes">Bytes that were stored for it, and not already for another checkpoint.</param>
/// <param name="TotalBytes">Bytes of all its files.</param>
/// <param name="NewFiles">Number of files that were stored for it.</param>
/// <param name="TotalFiles">Number of all its files.</param>
public sealed record CheckpointResult(
    long CheckpointId, TimeSpan SyncDuration, TimeSpan AsyncDuration, long NewBytes, long TotalBytes, long NewFiles, long TotalFiles)
{
    /// <summary>Reads the native form.</summary>
    internal static CheckpointResult From(in fsb_checkpoint_report report) => new(
        (long)report.id,
        TimeSpan.FromMicroseconds(report.sync_micros),
        TimeSpan.FromMicroseconds(report.async_micros),
        (long)report.new_bytes,
        (long)report.total_bytes,
        (long)report.new_files,
        (long)report.total_files);
}
