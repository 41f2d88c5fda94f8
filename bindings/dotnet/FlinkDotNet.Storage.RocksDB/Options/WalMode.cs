namespace FlinkDotNet.Storage.RocksDB;

/// <summary>When an acknowledged write is durable. The mode holds for the whole backend.</summary>
public enum WalMode
{
    /// <summary>Writes survive a flush, a checkpoint or an orderly close, not a crash: Flink's mode, the fastest.</summary>
    Disabled,

    /// <summary>Writes survive the end of the process, also by a kill.</summary>
    Enabled,

    /// <summary>Writes survive a loss of power; each write waits for the disk.</summary>
    Sync,
}
