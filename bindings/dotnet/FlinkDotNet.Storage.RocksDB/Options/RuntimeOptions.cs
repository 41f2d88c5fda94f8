namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Options of a backend that may change while it runs (<see cref="RocksDBStateBackend.SetOptions"/>); null leaves what is in force.
/// Meanings and ranges are those of the same names in <see cref="RocksDBOptions"/>.
/// </summary>
public class RuntimeOptions
{
    /// <inheritdoc cref="RocksDBOptions.MaxBackgroundJobs"/>
    public int? MaxBackgroundJobs { get; set; }

    /// <inheritdoc cref="RocksDBOptions.MaxSubcompactions"/>
    public int? MaxSubcompactions { get; set; }

    /// <inheritdoc cref="RocksDBOptions.MaxOpenFiles"/>
    public int? MaxOpenFiles { get; set; }

    /// <inheritdoc cref="RocksDBOptions.DelayedWriteRateBytesPerSecond"/>
    public ByteSize? DelayedWriteRateBytesPerSecond { get; set; }

    /// <inheritdoc cref="RocksDBOptions.BytesPerSync"/>
    public ByteSize? BytesPerSync { get; set; }
}
