namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A running scan of a list, made by <see cref="RocksDBListState{T}.Scan"/>: use it in <c>foreach</c>, or move it by hand and dispose it. It
/// shows the list as it was when the scan began, whatever is done meanwhile, also to the current key. Elements cross from the engine in
/// pages, and the scan itself allocates nothing once its thread has scanned before.
/// </summary>
/// <typeparam name="T">Type of the elements.</typeparam>
public readonly ref struct ListScan<T>
{
    private readonly StateScanCursor _cursor;
    private readonly int _version;
    private readonly RocksDBListState<T> _list;

    /// <summary>Initializes a new instance of the <see cref="ListScan{T}"/> struct.</summary>
    internal ListScan(RocksDBListState<T> list, StateScanCursor cursor)
    {
        _list = list;
        _cursor = cursor;
        _version = cursor.Version;
    }

    /// <summary>Gets the element that <see cref="MoveNext"/> moved to.</summary>
    public T Current
    {
        get
        {
            _cursor.Check(_version);
            return _list.Codec.Decode(_cursor.Value);
        }
    }

    /// <summary>Gets the scan itself, for <c>foreach</c>.</summary>
    /// <returns>This scan.</returns>
    public ListScan<T> GetEnumerator() => this;

    /// <summary>Moves to the next element.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext() => _cursor.MoveNext(_version);

    /// <summary>Ends the scan. A second time does nothing.</summary>
    public void Dispose() => _cursor?.Close(_version);
}
