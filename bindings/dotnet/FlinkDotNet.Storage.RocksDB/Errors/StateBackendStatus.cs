namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What a call into the library came to. The numbers are those of the C header and never change.</summary>
public enum StateBackendStatus
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>The key or the property is not there.</summary>
    NotFound = 100,

    /// <summary>The memory offered does not hold the answer.</summary>
    BufferTooSmall = 101,

    /// <summary>The deadline passed.</summary>
    TimedOut = 102,

    /// <summary>The call was cancelled while it waited.</summary>
    Cancelled = 103,

    /// <summary>An argument is wrong.</summary>
    InvalidArgument = 200,

    /// <summary>The native object has been freed.</summary>
    InvalidHandle = 201,

    /// <summary>The object is being used by another thread.</summary>
    InUse = 202,

    /// <summary>The backend is closed.</summary>
    Closed = 203,

    /// <summary>The backend met an internal error before and refuses to go on.</summary>
    Poisoned = 204,

    /// <summary>An option is unknown, misspelt or out of its range.</summary>
    InvalidOption = 205,

    /// <summary>There is no column family of that name.</summary>
    ColumnFamilyNotFound = 206,

    /// <summary>There is a column family of that name already.</summary>
    ColumnFamilyExists = 207,

    /// <summary>The column family has been dropped.</summary>
    ColumnFamilyDropped = 208,

    /// <summary>Another backend owns the folder.</summary>
    FolderInUse = 209,

    /// <summary>The folder is a file, may not be written, or cannot be created.</summary>
    FolderUnusable = 210,

    /// <summary>A key, value, batch or name is larger than the library takes.</summary>
    LimitExceeded = 211,

    /// <summary>The process was forked from one that had opened a backend; the engine cannot work in it.</summary>
    Forked = 212,

    /// <summary>Keyed state was used before a key was made the current one.</summary>
    NoCurrentKey = 213,

    /// <summary>No state of that name is registered.</summary>
    StateNotFound = 214,

    /// <summary>The state is registered with another kind, type or time-to-live, or the call does not suit its kind.</summary>
    StateMismatch = 215,

    /// <summary>The key group of the key is not in the range of the keyed backend.</summary>
    KeyGroupOutOfRange = 216,

    /// <summary>The map or list was changed beside a strict scan.</summary>
    Modified = 217,

    /// <summary>A sum or count left the range of a 64-bit integer; the state is unchanged.</summary>
    Overflow = 218,

    /// <summary>There is no checkpoint of that id.</summary>
    CheckpointNotFound = 219,

    /// <summary>The deadline of a checkpoint passed before it was published.</summary>
    CheckpointExpired = 220,

    /// <summary>The engine failed in a way that has no status of its own.</summary>
    Engine = 300,

    /// <summary>Data on disk is damaged.</summary>
    Corruption = 301,

    /// <summary>Reading or writing a file failed.</summary>
    IO = 302,

    /// <summary>The disk is full.</summary>
    NoSpace = 303,

    /// <summary>The engine has stopped writes until it has caught up.</summary>
    Stalled = 304,

    /// <summary>The engine cannot do this.</summary>
    Unsupported = 305,

    /// <summary>Memory ran out.</summary>
    OutOfMemory = 306,

    /// <summary>Acknowledged data is missing.</summary>
    DataLost = 307,

    /// <summary>The library met an internal error; the backend is poisoned.</summary>
    Panic = 400,
}
