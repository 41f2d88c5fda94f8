#if NET10_0_OR_GREATER
using System.IO.Pipelines;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A pipe that a savepoint goes into: the library writes into the pipe's own memory. Neither completed nor cancelled.</summary>
internal sealed class PipeSink(PipeWriter writer) : ISavepointSink
{
    /// <summary>Half of what a pipe holds by default before its writer waits: one piece is read while the next one is written.</summary>
    private const int LeastPieceBytes = 32 << 10;

    /// <inheritdoc/>
    public Memory<byte> Lend() => writer.GetMemory(LeastPieceBytes);

    /// <inheritdoc/>
    public async ValueTask TakeAsync(int length, CancellationToken cancellationToken)
    {
        writer.Advance(length);
        var flushed = await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (flushed.IsCanceled) throw new OperationCanceledException("The export was cancelled: a pending flush of its pipe was.");
        if (flushed.IsCompleted) throw new IOException("The reader of the pipe was completed before the savepoint had ended: what it got is no savepoint.");
    }

    /// <inheritdoc/>
    public ValueTask EndAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
#endif
