using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>What the library and RocksDB tell.</content>
internal static partial class Log
{
    [LoggerMessage(EventId = 20, Message = "State backend at {DataDirectory}, {EventTime:O}: {Message}")]
    public static partial void BackendEvent(ILogger logger, LogLevel level, string dataDirectory, DateTimeOffset eventTime, string message);

    [LoggerMessage(EventId = 21, Message = "RocksDB at {DataDirectory}, {EventTime:O}: {Message}")]
    public static partial void EngineEvent(ILogger logger, LogLevel level, string dataDirectory, DateTimeOffset eventTime, string message);

    [LoggerMessage(22, LogLevel.Warning, "{DroppedCount} events of the state backend at {DataDirectory} were dropped: they came faster than they were passed on")]
    public static partial void EventsDropped(ILogger logger, string dataDirectory, ulong droppedCount);
}
