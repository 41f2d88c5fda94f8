namespace FlinkDotNet.Core.Abstractions.Timers;

/// <summary>The clock that a timer follows.</summary>
public enum TimerType
{
    /// <summary>The clock of the machine.</summary>
    ProcessingTime,

    /// <summary>The watermark of the stream.</summary>
    EventTime,
}
