namespace FlinkDotNet.Storage.RocksDB;

/// <summary>One entry of a <see cref="MapScan{TK, TV}"/>, a view into the scan's page: valid until the scan moves on.</summary>
/// <typeparam name="TK">Type of the map's keys.</typeparam>
/// <typeparam name="TV">Type of the map's values.</typeparam>
public readonly ref struct MapEntry<TK, TV>
    where TK : notnull
{
    private readonly RocksDBMapState<TK, TV> _map;
    private readonly ReadOnlySpan<byte> _key;
    private readonly ReadOnlySpan<byte> _value;
    private readonly bool _isNull;

    /// <summary>Initializes a new instance of the <see cref="MapEntry{TK, TV}"/> struct.</summary>
    internal MapEntry(RocksDBMapState<TK, TV> map, StateScanCursor cursor)
    {
        _map = map;
        _key = cursor.Key;
        _value = cursor.Value;
        _isNull = cursor.IsNull;
    }

    /// <summary>Gets the key. Each access reads it anew from its bytes.</summary>
    public TK Key => _map.KeyCodec.Decode(_key);

    /// <summary>Gets the value. Each access reads it anew from its bytes.</summary>
    public TV Value => _isNull ? default! : _map.ValueCodec.Decode(_value);

    /// <summary>Gives the key and the value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public void Deconstruct(out TK key, out TV value)
    {
        key = Key;
        value = Value;
    }
}
