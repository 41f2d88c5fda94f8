using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>Checkpoints and restores.</content>
internal static partial class Log
{
    [LoggerMessage(
        30,
        LogLevel.Information,
        "Checkpoint {CheckpointId} of the state backend at {DataDirectory} completed: {SyncMillis:0.0} ms in the caller, {AsyncMillis:0.0} ms after it, "
        + "{NewBytes} of {TotalBytes} bytes and {NewFiles} of {TotalFiles} files are new")]
    public static partial void CheckpointCompleted(
        ILogger logger,
        string dataDirectory,
        long checkpointId,
        double syncMillis,
        double asyncMillis,
        long newBytes,
        long totalBytes,
        long newFiles,
        long totalFiles);

    [LoggerMessage(31, LogLevel.Error, "Checkpoint {CheckpointId} of the state backend at {DataDirectory} failed; earlier ones are as they were")]
    public static partial void CheckpointFailed(ILogger logger, string dataDirectory, long checkpointId, Exception exception);

    [LoggerMessage(32, LogLevel.Information, "Checkpoint {CheckpointId} of the state backend at {DataDirectory} was cancelled")]
    public static partial void CheckpointCancelled(ILogger logger, string dataDirectory, long checkpointId);

    [LoggerMessage(33, LogLevel.Information, "State backend at {DataDirectory} was restored from checkpoint {CheckpointId}, {ClaimMode}")]
    public static partial void Restored(ILogger logger, string dataDirectory, long checkpointId, ClaimMode claimMode);
}
