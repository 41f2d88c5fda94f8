namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The clock that a time-to-live follows.</summary>
public enum StateTtlTime
{
    /// <summary>The clock of the keyed backend, see <see cref="StateClock"/>.</summary>
    Processing,

    /// <summary>The watermark, see <see cref="KeyedStateBackend{TKey}.AdvanceWatermark"/>.</summary>
    Event,
}
