using System.Runtime.InteropServices;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>How far a checkpoint is. Files that the checkpoint folder has already count as done when it is their turn.</summary>
/// <param name="CheckpointId">Id of the checkpoint.</param>
/// <param name="DoneBytes">Bytes that are stored.</param>
/// <param name="TotalBytes">Bytes in all.</param>
/// <param name="DoneFiles">Files that are stored.</param>
/// <param name="TotalFiles">Files in all.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CheckpointProgress(long CheckpointId, long DoneBytes, long TotalBytes, long DoneFiles, long TotalFiles)
{
    /// <summary>Reads the native form.</summary>
    internal static CheckpointProgress From(in fsb_checkpoint_progress progress) => new(
        (long)progress.id, (long)progress.done_bytes, (long)progress.total_bytes, (long)progress.done_files, (long)progress.total_files);
}
