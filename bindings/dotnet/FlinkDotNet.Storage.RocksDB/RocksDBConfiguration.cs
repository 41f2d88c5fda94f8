namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Options of a <see cref="RocksDBStateBackend"/> in the shape of FlinkDotnet 2.0. <see cref="RocksDBOptions"/> has all of them.
/// </summary>
public class RocksDBConfiguration
{
    /// <summary>Gets or sets the folder of the state, which one backend owns. Default empty; it has to be set.</summary>
    public string DbPath { get; set; } = string.Empty;

    /// <summary>
    /// Gets or sets the column families to create when missing. Those found in the folder are opened as well, and <c>default</c> always.
    /// </summary>
    public string[] ColumnFamilies { get; set; } = [];

    /// <summary>Gets or sets the size of one memtable. Default 64 MiB, from 64 KiB to 1 TiB.</summary>
    public ByteSize WriteBufferSize { get; set; } = 64L << 20;

    /// <summary>Gets or sets the number of flushes and compactions that may run at once. Default 4, from 1 to 1024.</summary>
    public int MaxBackgroundJobs { get; set; } = 4;

    /// <summary>Gets or sets options of blocks, cache and filter; null takes the defaults of <see cref="RocksDBOptions"/>.</summary>
    public BlockBasedTableOptions? BlockBasedTableOptions { get; set; }

    /// <summary>Says the same as options.</summary>
    internal RocksDBOptions ToOptions()
    {
        var options = new RocksDBOptions
        {
            DataDirectory = DbPath,
            ColumnFamilies = ColumnFamilies,
            WriteBufferSize = WriteBufferSize,
            MaxBackgroundJobs = MaxBackgroundJobs,
        };
        if (BlockBasedTableOptions is { } table)
        {
            options.BlockSize = table.BlockSize;
            options.BlockCacheSize = table.CacheSize;
            options.BloomFilterBitsPerKey = table.BloomFilterBitsPerKey;
        }

        return options;
    }
}
