namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A serialized value, in the caller's memory or in a rented buffer, for the length of one call.</summary>
internal readonly ref struct EncodedBytes
{
    private readonly PackedBuffer? _rented;

    /// <summary>Initializes a new instance of the <see cref="EncodedBytes"/> struct over memory of the caller.</summary>
    public EncodedBytes(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>Initializes a new instance of the <see cref="EncodedBytes"/> struct that owns a rented buffer.</summary>
    public EncodedBytes(PackedBuffer rented)
    {
        _rented = rented;
        Bytes = rented.Written;
    }

    /// <summary>Gets the bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Gives a rented buffer back.</summary>
    public void Dispose() => _rented?.Return();
}
