using System.Text;
using FlinkDotNet.Core.Abstractions.Storage;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Gathers the named states of one snapshot in memory. A state that is begun again replaces what it was. Not for several threads at once.
/// </summary>
internal sealed class StateSnapshotWriter(Func<byte[], Task<SnapshotHandle>> store) : IStateSnapshotWriter
{
    /// <summary>What the content begins with; docs/format.md has the rest.</summary>
    public static readonly byte[] Magic = "FSBSTAT1"u8.ToArray();

    private readonly Dictionary<(bool Keyed, string Name), MemoryStream> _states = [];
    private string? _keyed;
    private BinaryWriter? _entries;
    private bool _disposed;

    /// <inheritdoc/>
    public Stream GetStateOutputStream(string stateName) => Begin(keyed: false, stateName);

    /// <inheritdoc/>
    public Task BeginKeyedState(string stateName)
    {
        if (_keyed is not null) throw new InvalidOperationException($"Keyed state '{_keyed}' is being written; end it before '{stateName}' begins.");
        _entries = new BinaryWriter(Begin(keyed: true, stateName), Encoding.UTF8, leaveOpen: true);
        _keyed = stateName;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteKeyedEntry(byte[] key, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        if (_entries is null) throw new InvalidOperationException("No keyed state is being written; begin one first.");
        _entries.Write(key.Length);
        _entries.Write(key);
        _entries.Write(value.Length);
        _entries.Write(value);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task EndKeyedState(string stateName)
    {
        if (_keyed is null || !string.Equals(_keyed, stateName, StringComparison.Ordinal)) throw new InvalidOperationException($"Keyed state '{stateName}' is not being written; begin it first.");
        EndEntries();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>A keyed state that was not ended ends here, as in FLINK.NET.</remarks>
    public async Task<string> CommitAndGetHandleAsync()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        EndEntries();
        return (await store(Content()).ConfigureAwait(false)).Value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndEntries();
        _states.Clear();
        _disposed = true;
    }

    private MemoryStream Begin(bool keyed, string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(name);
        return _states[(keyed, name)] = new MemoryStream();
    }

    private void EndEntries()
    {
        _entries?.Dispose();
        (_entries, _keyed) = (null, null);
    }

    private byte[] Content()
    {
        var content = new MemoryStream();
        using var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(_states.Count);
        foreach (var ((keyed, name), state) in _states)
        {
            // Also of a stream that its user has disposed.
            var bytes = state.ToArray();
            writer.Write(keyed);
            writer.Write(name);
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }

        writer.Flush();
        return content.ToArray();
    }
}
