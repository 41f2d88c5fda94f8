namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A stream that a savepoint goes into: left open.</summary>
internal sealed class StreamSink(Stream stream) : ISavepointSink
{
    private readonly byte[] _piece = new byte[SavepointTransfer.PieceBytes];

    /// <inheritdoc/>
    public Memory<byte> Lend() => _piece;

    /// <inheritdoc/>
    public ValueTask TakeAsync(int length, CancellationToken cancellationToken) => stream.WriteAsync(_piece.AsMemory(0, length), cancellationToken);

    /// <inheritdoc/>
    public ValueTask EndAsync(CancellationToken cancellationToken) => new(stream.FlushAsync(cancellationToken));
}
