using System.Runtime.CompilerServices;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A running scan of a map, made by <see cref="RocksDBMapState{TK, TV}.Scan"/>: use it in <c>foreach</c>, or move it by hand and dispose it.
/// It shows the map as it was when the scan began, whatever is done meanwhile, also to the current key; entries come in the order of the
/// bytes of their keys. They cross from the engine in pages, and the scan itself allocates nothing once its thread has scanned before.
/// </summary>
/// <typeparam name="TK">Type of the map's keys.</typeparam>
/// <typeparam name="TV">Type of the map's values.</typeparam>
public readonly ref struct MapScan<TK, TV>
    where TK : notnull
{
    private readonly StateScanCursor _cursor;
    private readonly int _version;
    private readonly RocksDBMapState<TK, TV> _map;

    /// <summary>Initializes a new instance of the <see cref="MapScan{TK, TV}"/> struct.</summary>
    internal MapScan(RocksDBMapState<TK, TV> map, StateScanCursor cursor)
    {
        _map = map;
        _cursor = cursor;
        _version = cursor.Version;
    }

    /// <summary>Gets the entry that <see cref="MoveNext"/> moved to.</summary>
    public MapEntry<TK, TV> Current
    {
        get
        {
            _cursor.Check(_version);
            return new MapEntry<TK, TV>(_map, _cursor);
        }
    }

    /// <summary>Gets the scan itself, for <c>foreach</c>.</summary>
    /// <returns>This scan.</returns>
    public MapScan<TK, TV> GetEnumerator() => this;

    /// <summary>Moves to the next entry.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidOperationException">
    /// The scan is strict, and the map was changed beside it. This shows when the next page is fetched, at the end at the latest.
    /// </exception>
    public bool MoveNext() => _cursor.MoveNext(_version);

    /// <summary>Removes the entry that <see cref="MoveNext"/> moved to from the map, which a strict scan does not mind.</summary>
    public void RemoveCurrent() => _cursor.Remove(_version);

    /// <summary>Replaces the value of the entry that <see cref="MoveNext"/> moved to, which a strict scan does not mind.</summary>
    /// <param name="value">The new value.</param>
    [SkipLocalsInit]
    public void ReplaceCurrent(TV value)
    {
        if (value is null)
        {
            _cursor.Replace(_version, default, isNull: true);
            return;
        }

        Span<byte> stack = stackalloc byte[Codec<TV>.StackBytes];
        using var encoded = _map.ValueCodec.Encode(value, stack);
        _cursor.Replace(_version, encoded.Bytes, isNull: false);
    }

    /// <summary>Ends the scan. A second time does nothing.</summary>
    public void Dispose() => _cursor?.Close(_version);
}
