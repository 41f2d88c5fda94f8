using System.Diagnostics.CodeAnalysis;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The part of a scan that lives on the heap: the native iterator and the page. One is kept for each thread, so that scans allocate
/// nothing.
/// </summary>
[SuppressMessage(
    "Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Close frees the iterator; the empty handle is reused.")]
internal sealed class ScanCursor
{
    /// <summary>The first page is small, because many scans end after a few rows.</summary>
    private const int FirstPageSizeBytes = 4096;
    private const int PageGrowth = 4;
    private const int LargestPageKeptBytes = 1 << 20;

    [ThreadStatic]
    private static ScanCursor? _spare;

    private readonly IteratorHandle _iterator = new();
    private byte[] _page = [];
    private int _capacity;
    private int _fullCapacity;
    private bool _reverse;

    /// <summary>Gets the number of the present scan.</summary>
    public int Version => _iterator.Version;

    /// <summary>Begins a scan.</summary>
    public static ScanCursor Open(ColumnFamilyHandle family, in ScanOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.PageSizeBytes);
        var iterator = family.Iterator(options);
        var cursor = _spare ?? new ScanCursor();
        _spare = null;
        cursor.Begin(iterator, options);
        return cursor;
    }

    /// <summary>Fetches the next rows; no rows at the end.</summary>
    public ReadOnlySpan<byte> NextPage(int version, out int rowCount)
    {
        int length;
        while (_iterator.Page(version, Page(), _reverse, out length, out rowCount) == StateBackendStatus.BufferTooSmall) _capacity = length;
        var rows = _page.AsSpan(0, length);
        _capacity = (int)Math.Min((long)_capacity * PageGrowth, _fullCapacity);
        return rows;
    }

    /// <summary>Fetches the next rows as a page that a caller may keep until the one after it; null at the end.</summary>
    public RowPage? NextRowPage(int version)
    {
        _ = NextPage(version, out var rowCount);
        return rowCount == 0 ? null : new RowPage(_page, rowCount);
    }

    /// <summary>Moves to a key in the direction of the scan.</summary>
    public void Seek(int version, ReadOnlySpan<byte> key) => _iterator.Seek(version, key, _reverse);

    /// <summary>Ends the scan of that number; a second time does nothing.</summary>
    public void Close(int version)
    {
        if (!_iterator.Release(version)) return;
        if (_page.Length > LargestPageKeptBytes) _page = [];
        _spare = this;
    }

    private void Begin(nint iterator, in ScanOptions options)
    {
        _iterator.Own(iterator);
        _reverse = options.Reverse;
        _fullCapacity = options.PageSizeBytes == 0 ? ScanOptions.DefaultPageSizeBytes : options.PageSizeBytes;
        _capacity = Math.Min(FirstPageSizeBytes, _fullCapacity);
        if (!_reverse) return;
        try
        {
            _iterator.SeekToLast(Version);
        }
        catch
        {
            Close(Version);
            throw;
        }
    }

    private Span<byte> Page()
    {
        if (_page.Length < _capacity) _page = GC.AllocateUninitializedArray<byte>(_capacity);
        return _page.AsSpan(0, _capacity);
    }
}
