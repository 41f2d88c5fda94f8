namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A format whose values all have one size.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
internal interface IFixedFormat<T>
{
    /// <summary>Gets the name of the format.</summary>
    static abstract string TypeId { get; }

    /// <summary>Gets the size of a value in bytes.</summary>
    static abstract int Size { get; }

    /// <summary>Writes a value into memory of exactly <see cref="Size"/> bytes.</summary>
    static abstract void Write(T value, Span<byte> target);

    /// <summary>Reads a value from exactly <see cref="Size"/> bytes.</summary>
    static abstract T Read(ReadOnlySpan<byte> bytes);
}
