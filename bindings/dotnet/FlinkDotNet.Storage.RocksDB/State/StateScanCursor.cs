using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The part of a scan of a state that lives on the heap: the native scan, the page, and where in it the scan is. One is kept for each thread,
/// so that scans allocate nothing.
/// </summary>
[SuppressMessage(
    "Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Close frees the scan; the empty handle is reused.")]
internal sealed class StateScanCursor
{
    /// <summary>The first page is small, because many scans end after a few records.</summary>
    private const int FirstPageSizeBytes = 4096;
    private const int PageGrowth = 4;
    private const int LargestPageKeptBytes = 1 << 20;

    [ThreadStatic]
    private static StateScanCursor? _spare;

    private readonly StateScanHandle _scan = new();
    private byte[] _page = [];
    private int _capacity;
    private int _recordsInPage;
    private int _next;
    private bool _ofElements;
    private (int Start, int Length) _key;
    private (int Start, int Length) _value;

    /// <summary>Gets the number of the present scan.</summary>
    public int Version => _scan.Version;

    /// <summary>Gets the key of the record, empty for a list element; valid until the scan moves on.</summary>
    public ReadOnlySpan<byte> Key => _page.AsSpan(_key.Start, _key.Length);

    /// <summary>Gets the value of the record, or the list element; valid until the scan moves on.</summary>
    public ReadOnlySpan<byte> Value => _page.AsSpan(_value.Start, _value.Length);

    /// <summary>Gets a value indicating whether the value of the record is null.</summary>
    public bool IsNull { get; private set; }

    /// <summary>Begins a scan of list elements, or of what has keys and values.</summary>
    public static StateScanCursor Open(StateHandle state, byte what, bool strict = false, bool ofElements = false)
    {
        var scan = state.Scan(what, strict);
        var cursor = _spare ?? new StateScanCursor();
        _spare = null;
        cursor._scan.Own(scan);
        cursor._capacity = FirstPageSizeBytes;
        cursor._recordsInPage = 0;
        cursor._ofElements = ofElements;
        return cursor;
    }

    /// <summary>Moves to the next record of the scan of that number.</summary>
    public bool MoveNext(int version)
    {
        if (_recordsInPage == 0 || version != Version) FetchPage(version);
        if (_recordsInPage == 0) return false;
        _recordsInPage--;
        if (_ofElements) ReadElement();
        else ReadEntry();
        return true;
    }

    /// <summary>Refuses a copy of a scan that has ended.</summary>
    public void Check(int version)
    {
        using var lease = _scan.Lease(version);
    }

    /// <summary>Removes the entry that the scan is at.</summary>
    public void Remove(int version) => _scan.Remove(version, Key);

    /// <summary>Replaces the value of the entry that the scan is at.</summary>
    public void Replace(int version, ReadOnlySpan<byte> value, bool isNull) => _scan.Replace(version, Key, value, isNull);

    /// <summary>Ends the scan of that number; a second time does nothing.</summary>
    public void Close(int version)
    {
        if (!_scan.Release(version)) return;
        if (_page.Length > LargestPageKeptBytes) _page = [];
        _spare = this;
    }

    private void FetchPage(int version)
    {
        int length, records;
        while (_scan.Page(version, Page(), out length, out records) == StateBackendStatus.BufferTooSmall) _capacity = length;
        _capacity = Math.Max(_capacity, Math.Min(_capacity * PageGrowth, ScanOptions.DefaultPageSizeBytes));
        _recordsInPage = records;
        _next = 0;
    }

    private Span<byte> Page()
    {
        if (_page.Length < _capacity) _page = GC.AllocateUninitializedArray<byte>(_capacity);
        return _page.AsSpan(0, _capacity);
    }

    private void ReadElement()
    {
        _key = default;
        _value = (_next + sizeof(uint), ReadLength(_next));
        _next = _value.Start + _value.Length;
    }

    private void ReadEntry()
    {
        var valueLength = ReadLength(_next + sizeof(uint));
        IsNull = valueLength == -1;
        _key = (_next + (2 * sizeof(uint)), ReadLength(_next));
        _value = (_key.Start + _key.Length, IsNull ? 0 : valueLength);
        _next = _value.Start + _value.Length;
    }

    private int ReadLength(int at) => BinaryPrimitives.ReadInt32LittleEndian(_page.AsSpan(at));
}
