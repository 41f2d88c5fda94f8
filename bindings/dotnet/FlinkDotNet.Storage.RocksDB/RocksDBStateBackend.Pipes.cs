#if NET10_0_OR_GREATER
using System.IO.Pipelines;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>Savepoints through pipes, which .NET 8 has only in a package of their own.</content>
public partial class RocksDBStateBackend
{
    /// <summary>
    /// As with a stream, into the memory of a pipe: the library writes each piece where the reader finds it. Somebody reads meanwhile; as long as
    /// nobody does, the export waits with what the pipe's thresholds allow, plus one piece of 32 KiB, or of the pipe's segments when those are larger.
    /// </summary>
    /// <param name="destination">
    /// Where it goes. Flushed after each piece, and not completed: the caller completes it, after a failure with that failure, because what it got is no
    /// savepoint then.
    /// </param>
    /// <param name="options">What is taken along; null for everything.</param>
    /// <param name="progress">Told after each piece, on another thread. What it throws ends the export.</param>
    /// <param name="cancellationToken">Ends the export.</param>
    /// <returns>A task that ends when all is written. All failures but those of the arguments are in it; what a reader was completed with is one.</returns>
    /// <exception cref="IOException">The reader was completed before the savepoint had ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or a pending flush of the pipe was.</exception>
    /// <exception cref="StateNotFoundException">A state of the options is not registered.</exception>
    /// <exception cref="StateBackendException">The engine failed; the message says where.</exception>
    public Task ExportSavepointAsync(
        PipeWriter destination,
        SavepointExportOptions? options = null,
        IProgress<SavepointProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return SavepointTransfer.ExportAsync(_handle, new PipeSink(destination), options, progress, cancellationToken);
    }

    /// <summary>
    /// As with a stream, from the memory of a pipe: the library reads each segment where the writer left it. A savepoint has ended when the writer is
    /// completed, not before.
    /// </summary>
    /// <param name="source">
    /// Where it comes from, read to its end and not completed: the caller completes it, after a failure too, because the writer would wait for a reader.
    /// After a failure it stands behind what was taken in.
    /// </param>
    /// <param name="options">What is wanted, and where it goes; null for everything as it was.</param>
    /// <param name="progress">Told after each piece, on another thread. What it throws ends the import.</param>
    /// <param name="cancellationToken">Ends the import.</param>
    /// <returns>A task that ends when all of it counts. All failures but those of the arguments are in it; what a writer was completed with is one.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled, or a pending read of the pipe was.</exception>
    /// <exception cref="StateBackendCorruptionException">The savepoint is damaged, cut short, or none; the message says where.</exception>
    /// <exception cref="StateMismatchException">
    /// A state is registered in another way or has rows already, or keys cannot be placed; the message names the state.
    /// </exception>
    /// <exception cref="StateBackendException">
    /// A keyed backend has its key groups open, or another savepoint is being imported (<see cref="StateBackendStatus.InUse"/>).
    /// </exception>
    public Task ImportSavepointAsync(
        PipeReader source,
        SavepointImportOptions? options = null,
        IProgress<SavepointProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return SavepointTransfer.ImportAsync(_handle, new PipeSource(source), options ?? new(), progress, cancellationToken);
    }
}
#endif
