namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Which rows a scan visits, and in which order. Bounds and prefix combine; the default is all rows in the order of their keys.
/// </summary>
public readonly ref struct ScanOptions
{
    /// <summary>
    /// The size of a page when nothing is said: large enough that the calls for pages cost less than a hundredth of the rows in them, small
    /// enough that rows are still in the first caches of the processor when they are looked at.
    /// </summary>
    internal const int DefaultPageSizeBytes = 32 * 1024;

    /// <summary>Gets the first key that belongs to the scan. Default empty, no bound.</summary>
    public ReadOnlySpan<byte> LowerBound { get; init; }

    /// <summary>Gets the first key after the scan. Default empty, no bound.</summary>
    public ReadOnlySpan<byte> UpperBound { get; init; }

    /// <summary>Gets the bytes with which the keys of the scan begin. Default empty, any.</summary>
    public ReadOnlySpan<byte> Prefix { get; init; }

    /// <summary>Gets a value indicating whether the scan runs from the last key to the first. Default false.</summary>
    public bool Reverse { get; init; }

    /// <summary>Gets the snapshot to read. Default null: the rows at the moment the scan begins.</summary>
    public RocksDBSnapshot? Snapshot { get; init; }

    /// <summary>
    /// Gets a value indicating whether blocks read stay out of the block cache, for a scan of much data that will not be read again.
    /// Default false.
    /// </summary>
    public bool SkipCache { get; init; }

    /// <summary>
    /// Gets the size in bytes of the pages in which rows are fetched, once the scan has run for a while; a larger row gets a page of its
    /// own. Default 0, which stands for 32 KiB.
    /// </summary>
    public int PageSizeBytes { get; init; }
}
