namespace FlinkDotNet.Storage.RocksDB;

/// <summary>One row of a <see cref="RowPage"/>, in the page's memory: valid until the scan moves on. Copy what has to outlive that.</summary>
public readonly struct PageRow
{
    /// <summary>Initializes a new instance of the <see cref="PageRow"/> struct.</summary>
    internal PageRow(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        Key = key;
        Value = value;
    }

    /// <summary>Gets the key.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>Gets the value.</summary>
    public ReadOnlyMemory<byte> Value { get; }
}
