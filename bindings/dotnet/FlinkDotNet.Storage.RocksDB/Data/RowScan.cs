using System.Buffers.Binary;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A running scan, made by <see cref="RocksDBColumnFamily.Scan"/>: use it in <c>foreach</c>, or move it by hand and dispose it. Rows cross
/// from the engine in pages, and a scan allocates nothing once its thread has scanned before. It belongs to the thread that made it.
/// </summary>
public ref struct RowScan
{
    private const int RowHeaderBytes = 2 * sizeof(uint);

    private readonly ScanCursor _cursor;
    private readonly int _version;
    private ReadOnlySpan<byte> _page;
    private int _rowsInPage;
    private ReadOnlySpan<byte> _key;
    private ReadOnlySpan<byte> _value;

    /// <summary>Initializes a new instance of the <see cref="RowScan"/> struct.</summary>
    internal RowScan(ScanCursor cursor)
    {
        _cursor = cursor;
        _version = cursor.Version;
    }

    /// <summary>Gets the row that <see cref="MoveNext"/> moved to.</summary>
    public readonly Row Current => new(_key, _value);

    /// <summary>Gets the scan itself, for <c>foreach</c>.</summary>
    /// <returns>This scan.</returns>
    public readonly RowScan GetEnumerator() => this;

    /// <summary>Moves to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="ObjectDisposedException">The scan or its backend has been disposed.</exception>
    /// <exception cref="StateBackendException">The engine failed; a scan never ends early without saying so.</exception>
    public bool MoveNext()
    {
        if (_rowsInPage == 0 && !FetchPage()) return false;
        _rowsInPage--;
        var keyLength = BinaryPrimitives.ReadInt32LittleEndian(_page);
        var valueLength = BinaryPrimitives.ReadInt32LittleEndian(_page[sizeof(uint)..]);
        _key = _page.Slice(RowHeaderBytes, keyLength);
        _value = _page.Slice(RowHeaderBytes + keyLength, valueLength);
        _page = _page[(RowHeaderBytes + keyLength + valueLength)..];
        return true;
    }

    /// <summary>
    /// Moves before the first row at or after a key, or, in a reverse scan, before the last row at or before it; <see cref="MoveNext"/>
    /// then moves to that row.
    /// </summary>
    /// <param name="key">The key, within the bounds or outside.</param>
    public void Seek(ReadOnlySpan<byte> key)
    {
        _rowsInPage = 0;
        _cursor.Seek(_version, key);
    }

    /// <summary>Ends the scan and frees its iterator. A second time does nothing.</summary>
    public readonly void Dispose() => _cursor?.Close(_version);

    private bool FetchPage()
    {
        _page = _cursor.NextPage(_version, out _rowsInPage);
        return _rowsInPage > 0;
    }
}
