using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The events that a backend logs, by number: 1 to 12 opening, closing and pressure, 20 to 22 what the library and RocksDB tell, from 30
/// checkpoints and restores. The numbers do not change.
/// </summary>
/// <remarks>
/// IMPORTANT: one declaration, in one file. The generator of Microsoft.Extensions.Logging 10 writes the parts of a class in the order of their hash codes,
/// which differs from build to build: an assembly with two of them is not deterministic.
/// </remarks>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "State backend opened at {DataDirectory} with column families {ColumnFamilies}")]
    public static partial void Opened(ILogger logger, string dataDirectory, string columnFamilies);

    [LoggerMessage(2, LogLevel.Error, "State backend could not be opened at {DataDirectory}")]
    public static partial void OpenFailed(ILogger logger, string dataDirectory, Exception exception);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "Opening {DataDirectory} dropped {DroppedBytes} damaged bytes of the write-ahead log in {DroppedRecords} places; "
        + "the last write recovered is {LastSequence}")]
    public static partial void RecoveryDropped(ILogger logger, string dataDirectory, ulong droppedBytes, ulong droppedRecords, ulong lastSequence);

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "State backend at {DataDirectory} still had calls in flight {TimeoutMillis} ms after it was told to close; it closes with the last of them")]
    public static partial void CloseTimedOut(ILogger logger, string dataDirectory, double timeoutMillis);

    [LoggerMessage(5, LogLevel.Error, "State backend at {DataDirectory} failed to close in order")]
    public static partial void CloseFailed(ILogger logger, string dataDirectory, Exception exception);

    [LoggerMessage(6, LogLevel.Information, "State backend at {DataDirectory} closed")]
    public static partial void Closed(ILogger logger, string dataDirectory);

    [LoggerMessage(7, LogLevel.Debug, "Statistics of the state backend at {DataDirectory} could not be read; the last ones are served")]
    public static partial void StatisticsUnavailable(ILogger logger, string dataDirectory, Exception exception);

    [LoggerMessage(8, LogLevel.Error, "Keyed state could not be written to the engine when its keyed backend was disposed")]
    public static partial void DrainFailed(ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Warning, "The back pressure could not be read; the next reading follows")]
    public static partial void PressureUnavailable(ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Error, "A subscriber to the back pressure failed")]
    public static partial void PressureObserverFailed(ILogger logger, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "Pressure of the state backend at {DataDirectory} rose above {Threshold}: it is {Effective:0.00}, {Description}")]
    public static partial void PressureRose(
        ILogger logger, string dataDirectory, double threshold, double effective, BackPressureDescription description);

    [LoggerMessage(
        12, LogLevel.Information, "Pressure of the state backend at {DataDirectory} fell back below {Threshold}: it is {Effective:0.00}, {Description}")]
    public static partial void PressureFell(
        ILogger logger, string dataDirectory, double threshold, double effective, BackPressureDescription description);

    [LoggerMessage(EventId = 20, Message = "State backend at {DataDirectory}, {EventTime:O}: {Message}")]
    public static partial void BackendEvent(ILogger logger, LogLevel level, string dataDirectory, DateTimeOffset eventTime, string message);

    [LoggerMessage(EventId = 21, Message = "RocksDB at {DataDirectory}, {EventTime:O}: {Message}")]
    public static partial void EngineEvent(ILogger logger, LogLevel level, string dataDirectory, DateTimeOffset eventTime, string message);

    [LoggerMessage(22, LogLevel.Warning, "{DroppedCount} events of the state backend at {DataDirectory} were dropped: they came faster than they were passed on")]
    public static partial void EventsDropped(ILogger logger, string dataDirectory, ulong droppedCount);

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

    [LoggerMessage(
        34, LogLevel.Information, "State backend at {DataDirectory} was opened empty, because there is no checkpoint yet; what its folder held is gone")]
    public static partial void RestoredNothing(ILogger logger, string dataDirectory);

    [LoggerMessage(
        35,
        LogLevel.Information,
        "State backend at {DataDirectory} was opened as subtask {Subtask} of {Parallelism} from checkpoint {CheckpointId} of {FormerParallelism} subtasks")]
    public static partial void Rescaled(
        ILogger logger, string dataDirectory, int subtask, int parallelism, int formerParallelism, long checkpointId);

    [LoggerMessage(
        36,
        LogLevel.Warning,
        "A checkpoint of the state backend at {DataDirectory} was not made, {ConsecutiveFailures} in a row; from one attempt to the next it is {IntervalSeconds} s now")]
    public static partial void CheckpointAttemptFailed(
        ILogger logger, string dataDirectory, int consecutiveFailures, double intervalSeconds, Exception exception);

    [LoggerMessage(37, LogLevel.Error, "The last checkpoint of the state backend at {DataDirectory} was not made; the backend closes without it")]
    public static partial void LastCheckpointFailed(ILogger logger, string dataDirectory, Exception exception);
}
