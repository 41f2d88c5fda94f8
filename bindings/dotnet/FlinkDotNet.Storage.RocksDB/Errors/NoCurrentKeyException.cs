namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Keyed state was used while there was no current key; nothing was read or changed.</summary>
public sealed class NoCurrentKeyException : InvalidOperationException
{
    /// <summary>Initializes a new instance of the <see cref="NoCurrentKeyException"/> class.</summary>
    /// <param name="message">One sentence.</param>
    internal NoCurrentKeyException(string message)
        : base(message)
    {
    }
}
