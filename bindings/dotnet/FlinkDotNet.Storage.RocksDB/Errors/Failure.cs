namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What the library said about a call that failed.</summary>
internal readonly record struct Failure(
    StateBackendStatus Status,
    string Message,
    int? EngineCode = null,
    int? EngineSubcode = null,
    int? EngineSeverity = null,
    bool IsTransient = false)
{
    /// <summary>Makes the exception for this failure. The only mapping from a status to a type.</summary>
    public Exception ToException() => Status switch
    {
        StateBackendStatus.InvalidArgument or StateBackendStatus.InvalidOption or StateBackendStatus.LimitExceeded => new ArgumentException(Message),
        StateBackendStatus.InvalidHandle or StateBackendStatus.Closed => new ObjectDisposedException(nameof(RocksDBStateBackend), Message),
        StateBackendStatus.ColumnFamilyNotFound or StateBackendStatus.ColumnFamilyDropped => new StateBackendColumnFamilyNotFoundException(this),
        StateBackendStatus.ColumnFamilyExists => new StateBackendColumnFamilyExistsException(this),
        StateBackendStatus.NoCurrentKey => new NoCurrentKeyException(Message),
        StateBackendStatus.StateNotFound => new StateNotFoundException(this),
        StateBackendStatus.StateMismatch => new StateMismatchException(Message),
        StateBackendStatus.KeyGroupOutOfRange => new ArgumentOutOfRangeException(paramName: null, Message),
        StateBackendStatus.Modified => new InvalidOperationException(Message),
        StateBackendStatus.Overflow => new OverflowException(Message),
        StateBackendStatus.CheckpointNotFound => new CheckpointNotFoundException(this),
        StateBackendStatus.CheckpointExpired => new CheckpointExpiredException(this),
        StateBackendStatus.FolderInUse => new StateBackendFolderInUseException(this),
        StateBackendStatus.FolderUnusable => new StateBackendFolderUnusableException(this),
        StateBackendStatus.Corruption => new StateBackendCorruptionException(this),
        StateBackendStatus.DataLost => new StateBackendDataLossException(this),
        StateBackendStatus.IO or StateBackendStatus.NoSpace => new StateBackendIOException(this),
        StateBackendStatus.Poisoned or StateBackendStatus.Panic => new StateBackendPoisonedException(this),
        _ => new StateBackendException(this),
    };
}
