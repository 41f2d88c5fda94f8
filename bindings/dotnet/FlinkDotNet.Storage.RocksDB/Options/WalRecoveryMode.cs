namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What opening does with a write-ahead log whose end is damaged.</summary>
public enum WalRecoveryMode
{
    /// <summary>
    /// Opens at the last whole write before the damage and reports what was dropped; see <see cref="RocksDBStateBackend.Recovery"/>.
    /// </summary>
    PointInTime,

    /// <summary>Refuses to open.</summary>
    Absolute,
}
