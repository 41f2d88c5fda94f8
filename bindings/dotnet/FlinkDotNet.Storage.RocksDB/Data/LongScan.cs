using System.Runtime.CompilerServices;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A scan whose pages are fetched by threads of the pool, so that the caller's thread never waits for the engine.</summary>
/// <param name="family">What is scanned.</param>
/// <param name="options">Which rows; copied, because the scan begins when it is first asked for a page.</param>
internal sealed class LongScan(ColumnFamilyHandle family, in ScanOptions options)
{
    /// <summary>Larger pages than those of a scan in place: each costs a change of threads.</summary>
    private const int DefaultPageSizeBytes = 256 * 1024;

    private readonly byte[] _lowerBound = options.LowerBound.ToArray();
    private readonly byte[] _upperBound = options.UpperBound.ToArray();
    private readonly byte[] _prefix = options.Prefix.ToArray();
    private readonly bool _reverse = options.Reverse;
    private readonly RocksDBSnapshot? _snapshot = options.Snapshot;
    private readonly bool _skipCache = options.SkipCache;
    private readonly int _pageSizeBytes = options.PageSizeBytes == 0 ? DefaultPageSizeBytes : options.PageSizeBytes;

    /// <summary>Reads the pages one after the other.</summary>
    public async IAsyncEnumerable<RowPage> Pages([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursor = await Task.Run(Open, cancellationToken).ConfigureAwait(false);
        var version = cursor.Version;
        try
        {
            while (await Task.Run(() => cursor.NextRowPage(version), cancellationToken).ConfigureAwait(false) is { } page)
            {
                yield return page;
                page.End();
            }
        }
        finally
        {
            cursor.Close(version);
        }
    }

    private ScanCursor Open() => ScanCursor.Open(family, new ScanOptions
    {
        LowerBound = _lowerBound,
        UpperBound = _upperBound,
        Prefix = _prefix,
        Reverse = _reverse,
        Snapshot = _snapshot,
        SkipCache = _skipCache,
        PageSizeBytes = _pageSizeBytes,
    });
}
