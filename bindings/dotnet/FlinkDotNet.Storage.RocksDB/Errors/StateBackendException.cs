namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The state backend could not do what it was asked. The message names the file, column family or option at fault.</summary>
/// <remarks>
/// Mistakes of the caller throw the usual types instead: <see cref="ArgumentException"/> for an argument or option,
/// <see cref="ObjectDisposedException"/> after dispose.
/// </remarks>
public class StateBackendException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendException"/> class.</summary>
    /// <param name="status">What the call came to.</param>
    /// <param name="message">One sentence.</param>
    /// <param name="innerException">The cause, if it is an exception.</param>
    public StateBackendException(StateBackendStatus status, string message, Exception? innerException = null)
        : base(message, innerException) => Status = status;

    /// <summary>Initializes a new instance of the <see cref="StateBackendException"/> class.</summary>
    /// <param name="failure">What the library said.</param>
    internal StateBackendException(Failure failure)
        : this(failure.Status, failure.Message)
    {
        EngineCode = failure.EngineCode;
        EngineSubcode = failure.EngineSubcode;
        EngineSeverity = failure.EngineSeverity;
        IsTransient = failure.IsTransient;
    }

    /// <summary>Gets what the call came to.</summary>
    public StateBackendStatus Status { get; }

    /// <summary>Gets RocksDB's status code, or null when the error is not RocksDB's.</summary>
    public int? EngineCode { get; }

    /// <summary>Gets RocksDB's status subcode, or null when the error is not RocksDB's.</summary>
    public int? EngineSubcode { get; }

    /// <summary>Gets RocksDB's severity, or null when the error is not RocksDB's.</summary>
    public int? EngineSeverity { get; }

    /// <summary>Gets a value indicating whether the same call may succeed later without anybody's help.</summary>
    public bool IsTransient { get; }
}
