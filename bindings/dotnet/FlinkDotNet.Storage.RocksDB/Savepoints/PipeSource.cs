#if NET10_0_OR_GREATER
using System.Buffers;
using System.IO.Pipelines;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A pipe that a savepoint comes from: the library reads the pipe's own memory. Neither completed nor cancelled.</summary>
internal sealed class PipeSource(PipeReader reader) : ISavepointSource
{
    /// <inheritdoc/>
    public async ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!read.IsCanceled && (read.IsCompleted || !read.Buffer.IsEmpty)) return read.Buffer;
            reader.AdvanceTo(read.Buffer.Start);
            if (read.IsCanceled) throw new OperationCanceledException("The import was cancelled: a pending read of its pipe was.");
        }
    }

    /// <inheritdoc/>
    public void AdvanceTo(SequencePosition position) => reader.AdvanceTo(position);
}
#endif
