namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A serializer could not write or read a key, namespace or value of a state: it threw, answered null, or the bytes are not its own. The
/// message names the state and the serializer; the state is unchanged.
/// </summary>
public sealed class StateSerializationException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="StateSerializationException"/> class.</summary>
    /// <param name="message">One sentence that names the state and the serializer.</param>
    /// <param name="innerException">What the serializer threw, if it threw.</param>
    internal StateSerializationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
