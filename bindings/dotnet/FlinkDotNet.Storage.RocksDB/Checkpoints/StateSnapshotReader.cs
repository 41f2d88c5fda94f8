using System.Text;
using FlinkDotNet.Core.Abstractions.Storage;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Reads the named states of one snapshot from memory. Usable from any thread.</summary>
internal sealed class StateSnapshotReader : IStateSnapshotReader
{
    private readonly Dictionary<(bool Keyed, string Name), ArraySegment<byte>> _states = [];
    private readonly string _handle;
    private bool _disposed;

    /// <summary>Initializes a new instance of the <see cref="StateSnapshotReader"/> class; without content it has no state.</summary>
    /// <exception cref="StateBackendCorruptionException">The content is not that of a writer.</exception>
    public StateSnapshotReader(string handle, byte[]? content)
    {
        _handle = handle;
        if (content is null) return;
        try
        {
            ReadStates(content);
        }
        catch (Exception exception) when (exception is EndOfStreamException or FormatException or InvalidDataException or ArgumentException)
        {
            var failure = new Failure(StateBackendStatus.Corruption, $"The snapshot {handle} holds no named states: no writer of snapshots made it.");
            throw failure.ToException();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="FileNotFoundException">There is no such state, as in FLINK.NET.</exception>
    public Stream GetStateInputStream(string stateName) => Find(keyed: false, stateName) is { } state
        ? new MemoryStream(state.Array!, state.Offset, state.Count, writable: false)
        : throw new FileNotFoundException($"The snapshot {_handle} has no state '{stateName}'.", stateName);

    /// <inheritdoc/>
    public bool HasState(string stateName) => Find(keyed: false, stateName) is not null;

    /// <inheritdoc/>
    public Task<bool> HasKeyedState(string stateName) => Task.FromResult(Find(keyed: true, stateName) is not null);

    /// <inheritdoc/>
    /// <remarks>Of a state that there is not: none, as in FLINK.NET.</remarks>
    public async IAsyncEnumerable<KeyValuePair<byte[], byte[]>> ReadKeyedStateEntries(string stateName)
    {
        if (Find(keyed: true, stateName) is not { } state) yield break;
        // All is in memory; nothing has to be waited for.
        await Task.CompletedTask.ConfigureAwait(false);
        using var reader = new BinaryReader(new MemoryStream(state.Array!, state.Offset, state.Count, writable: false));
        while (reader.BaseStream.Position < state.Count)
        {
            var key = reader.ReadBytes(reader.ReadInt32());
            yield return new KeyValuePair<byte[], byte[]>(key, reader.ReadBytes(reader.ReadInt32()));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _states.Clear();
        _disposed = true;
    }

    private ArraySegment<byte>? Find(bool keyed, string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(name);
        return _states.TryGetValue((keyed, name), out var state) ? state : default(ArraySegment<byte>?);
    }

    private void ReadStates(byte[] content)
    {
        using var stream = new MemoryStream(content, writable: false);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        if (!reader.ReadBytes(StateSnapshotWriter.Magic.Length).AsSpan().SequenceEqual(StateSnapshotWriter.Magic)) throw new InvalidDataException();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var key = (reader.ReadBoolean(), reader.ReadString());
            var length = reader.ReadInt32();
            _states[key] = new ArraySegment<byte>(content, (int)stream.Position, length);
            stream.Position += length;
        }
    }
}
