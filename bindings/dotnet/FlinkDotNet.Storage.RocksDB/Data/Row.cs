namespace FlinkDotNet.Storage.RocksDB;

/// <summary>One row of a scan, a view into the scan's page: valid until the scan moves on. Copy what has to outlive that.</summary>
public readonly ref struct Row
{
    /// <summary>Initializes a new instance of the <see cref="Row"/> struct.</summary>
    internal Row(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Key = key;
        Value = value;
    }

    /// <summary>Gets the key.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Gets the value.</summary>
    public ReadOnlySpan<byte> Value { get; }
}
