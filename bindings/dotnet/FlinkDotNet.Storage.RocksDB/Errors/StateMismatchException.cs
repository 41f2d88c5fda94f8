namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A state, or the keyed backend itself, is registered with another kind, type or time-to-live than it is asked for now; the message says
/// which. The state is unchanged.
/// </summary>
public sealed class StateMismatchException : InvalidOperationException
{
    /// <summary>Initializes a new instance of the <see cref="StateMismatchException"/> class.</summary>
    /// <param name="message">One sentence that names the state.</param>
    internal StateMismatchException(string message)
        : base(message)
    {
    }
}
