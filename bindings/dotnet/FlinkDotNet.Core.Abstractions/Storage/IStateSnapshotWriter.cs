namespace FlinkDotNet.Core.Abstractions.Storage;

/// <summary>Writes the named states of one snapshot.</summary>
public interface IStateSnapshotWriter : IDisposable
{
    /// <summary>Opens a stream for the raw bytes of a state.</summary>
    /// <param name="stateName">Name of the state.</param>
    /// <returns>A stream that the caller disposes before committing.</returns>
    Stream GetStateOutputStream(string stateName);

    /// <summary>Begins a keyed state; its entries follow.</summary>
    /// <param name="stateName">Name of the state.</param>
    /// <returns>A task that ends when entries may be written.</returns>
    Task BeginKeyedState(string stateName);

    /// <summary>Writes one entry of the keyed state begun last.</summary>
    /// <param name="key">Serialized key.</param>
    /// <param name="value">Serialized value.</param>
    /// <returns>A task that ends when the entry has been taken.</returns>
    Task WriteKeyedEntry(byte[] key, byte[] value);

    /// <summary>Ends a keyed state.</summary>
    /// <param name="stateName">Name given to <see cref="BeginKeyedState"/>.</param>
    /// <returns>A task that ends when the state is complete.</returns>
    Task EndKeyedState(string stateName);

    /// <summary>Makes the snapshot visible and durable.</summary>
    /// <returns>The text of its handle.</returns>
    Task<string> CommitAndGetHandleAsync();
}
