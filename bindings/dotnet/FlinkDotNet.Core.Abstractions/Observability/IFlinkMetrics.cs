namespace FlinkDotNet.Core.Abstractions.Observability;

/// <summary>Takes the figures that operators, checkpoints and state backends report.</summary>
public interface IFlinkMetrics : IDisposable
{
    /// <summary>Counts a record that came in.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    void RecordIncomingRecord(string operatorName, string taskId);

    /// <summary>Counts a record that went out.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    void RecordOutgoingRecord(string operatorName, string taskId);

    /// <summary>Counts bytes that came in.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    /// <param name="bytes">Number of bytes.</param>
    void RecordBytesIn(string operatorName, string taskId, long bytes);

    /// <summary>Counts bytes that went out.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    /// <param name="bytes">Number of bytes.</param>
    void RecordBytesOut(string operatorName, string taskId, long bytes);

    /// <summary>Records how long a record took.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    /// <param name="latency">The time taken.</param>
    void RecordLatency(string operatorName, string taskId, TimeSpan latency);

    /// <summary>Records how long an operator was held back.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    /// <param name="backpressureTime">The time it waited.</param>
    void RecordBackpressure(string operatorName, string taskId, TimeSpan backpressureTime);

    /// <summary>Records how long a checkpoint took.</summary>
    /// <param name="jobId">Identifier of the job.</param>
    /// <param name="duration">The time taken.</param>
    void RecordCheckpointDuration(string jobId, TimeSpan duration);

    /// <summary>Records how big a checkpoint is.</summary>
    /// <param name="jobId">Identifier of the job.</param>
    /// <param name="sizeBytes">Size in bytes.</param>
    void RecordCheckpointSize(string jobId, long sizeBytes);

    /// <summary>Counts a restart of an operator.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    void RecordRestart(string operatorName, string taskId);

    /// <summary>Counts an error.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    /// <param name="errorType">Kind of the error.</param>
    void RecordError(string operatorName, string taskId, string errorType);

    /// <summary>Records how many records wait.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    /// <param name="queueSize">Number of records.</param>
    void RecordQueueSize(string operatorName, string taskId, int queueSize);

    /// <summary>Records how far the watermark is behind the clock.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    /// <param name="lag">The distance.</param>
    void RecordWatermarkLag(string operatorName, string taskId, TimeSpan lag);

    /// <summary>Records how big the state of an operator is.</summary>
    /// <param name="operatorName">Name of the operator.</param>
    /// <param name="taskId">Identifier of the task.</param>
    /// <param name="sizeBytes">Size in bytes.</param>
    void RecordStateSize(string operatorName, string taskId, long sizeBytes);
}
