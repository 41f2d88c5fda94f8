namespace FlinkDotNet.Core.Abstractions.Storage;

/// <summary>Reads the named states of one snapshot.</summary>
public interface IStateSnapshotReader : IDisposable
{
    /// <summary>Opens the raw bytes of a state.</summary>
    /// <param name="stateName">Name of the state.</param>
    /// <returns>A stream that the caller disposes.</returns>
    Stream GetStateInputStream(string stateName);

    /// <summary>Says whether the snapshot has a raw state of that name.</summary>
    /// <param name="stateName">Name of the state.</param>
    /// <returns>Whether the state is there.</returns>
    bool HasState(string stateName);

    /// <summary>Says whether the snapshot has a keyed state of that name.</summary>
    /// <param name="stateName">Name of the state.</param>
    /// <returns>Whether the state is there.</returns>
    Task<bool> HasKeyedState(string stateName);

    /// <summary>Reads the entries of a keyed state one after the other.</summary>
    /// <param name="stateName">Name of the state.</param>
    /// <returns>Pairs of serialized key and serialized value.</returns>
    IAsyncEnumerable<KeyValuePair<byte[], byte[]>> ReadKeyedStateEntries(string stateName);
}
