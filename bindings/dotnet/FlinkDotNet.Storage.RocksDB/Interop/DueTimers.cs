namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Which timers <see cref="TimerServiceHandle.Due"/> hands out.</summary>
internal readonly ref struct DueTimers
{
    /// <summary>Gets the clock, an <c>FSB_TIME</c>.</summary>
    public byte Time { get; init; }

    /// <summary>Gets the latest timestamp.</summary>
    public long UpTo { get; init; }

    /// <summary>Gets a value indicating whether the timers are removed.</summary>
    public bool Remove { get; init; }

    /// <summary>Gets a value indicating whether only the timers of <see cref="Key"/> are meant.</summary>
    public bool OfOneKey { get; init; }

    /// <summary>Gets the caller's hash of the key; null when the library's own places it.</summary>
    public int? HashOfKey { get; init; }

    /// <summary>Gets the serialized key.</summary>
    public ReadOnlySpan<byte> Key { get; init; }
}
