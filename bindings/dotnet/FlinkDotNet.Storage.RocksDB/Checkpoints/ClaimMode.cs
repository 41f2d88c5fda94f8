namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Whose a checkpoint is once a backend has been restored from it. Flink's <c>RestoreMode</c>.</summary>
public enum ClaimMode
{
    /// <summary>Still somebody else's: it is never removed, and the next checkpoint stores everything itself.</summary>
    NoClaim,

    /// <summary>The backend's own: the next checkpoint builds upon it, and it is removed when newer ones take its place.</summary>
    Claim,

    /// <summary>Flink's old way: it is never removed, but the next checkpoint builds upon it, so that nobody else may remove it either.</summary>
    Legacy,
}
