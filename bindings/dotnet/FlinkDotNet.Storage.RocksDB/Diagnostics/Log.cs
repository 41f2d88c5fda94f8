using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The events that a backend logs. Their numbers do not change.</summary>
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
}
