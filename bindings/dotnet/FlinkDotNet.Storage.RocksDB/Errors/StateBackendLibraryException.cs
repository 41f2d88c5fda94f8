namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The native library could not be found or loaded, or is not the version that this assembly was built for. The message lists the files
/// looked for.
/// </summary>
public sealed class StateBackendLibraryException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="StateBackendLibraryException"/> class.</summary>
    /// <param name="message">One sentence, with the files looked for.</param>
    /// <param name="innerException">What the system said, if it said anything.</param>
    internal StateBackendLibraryException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
