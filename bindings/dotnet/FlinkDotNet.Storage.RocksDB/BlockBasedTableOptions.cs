namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Options of the engine's table files.</summary>
public class BlockBasedTableOptions
{
    /// <summary>
    /// Gets or sets the size of a block before compression. Default 64 KiB, from 256 bytes to 4 MiB. Large blocks suit scans and slow
    /// disks; point reads of cold data pay for a whole block.
    /// </summary>
    public ByteSize BlockSize { get; set; } = 64L << 10;

    /// <summary>
    /// Gets or sets the size of the block cache that all column families share. Default 256 MiB; 30 to 50 % of the free memory is usual.
    /// </summary>
    public ByteSize CacheSize { get; set; } = 256L << 20;

    /// <summary>
    /// Gets or sets the bits of the Bloom filter for each key. Default 10, which lets 1 % of absent keys through; 0 is no filter, else 1 to
    /// 64.
    /// </summary>
    public int BloomFilterBitsPerKey { get; set; } = 10;
}
