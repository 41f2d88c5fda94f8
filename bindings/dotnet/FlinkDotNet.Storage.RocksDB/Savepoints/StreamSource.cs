using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A stream that a savepoint comes from: left open.</summary>
internal sealed class StreamSource(Stream stream) : ISavepointSource
{
    private readonly byte[] _piece = new byte[SavepointTransfer.PieceBytes];

    /// <inheritdoc/>
    public async ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellationToken) =>
        new(_piece, 0, await stream.ReadAsync(_piece, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public void AdvanceTo(SequencePosition position)
    {
        // A stream is past what it gave.
    }
}
