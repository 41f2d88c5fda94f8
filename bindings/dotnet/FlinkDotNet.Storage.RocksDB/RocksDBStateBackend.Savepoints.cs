namespace FlinkDotNet.Storage.RocksDB;

/// <content>Savepoints: the state as a stream of bytes that owes nothing to the engine, the parallelism or this version.</content>
public partial class RocksDBStateBackend
{
    /// <summary>
    /// Writes a savepoint: the state as it is when the call begins, or parts of it, the same bytes for the same state (<c>docs/savepoint.md</c>).
    /// Writers go on meanwhile. What has expired is left out. A savepoint is the caller's own: it is no checkpoint, and none builds upon it.
    /// </summary>
    /// <param name="destination">Where it goes. Flushed in the end and left open. After a failure what it got is no savepoint.</param>
    /// <param name="options">What is taken along; null for everything.</param>
    /// <param name="progress">Told after each piece, on another thread. What it throws ends the export.</param>
    /// <param name="cancellationToken">Ends the export.</param>
    /// <returns>A task that ends when all is written. All failures but those of the arguments are in it.</returns>
    /// <exception cref="StateNotFoundException">A state of the options is not registered.</exception>
    /// <exception cref="StateBackendException">The engine failed; the message says where.</exception>
    public Task ExportSavepointAsync(
        Stream destination,
        SavepointExportOptions? options = null,
        IProgress<SavepointProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return SavepointTransfer.ExportAsync(_handle, new StreamSink(destination), options, progress, cancellationToken);
    }

    /// <summary>As with a stream, into a new file: it has its name once all of it is on the disk, and never takes the place of another one.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">What is taken along; null for everything.</param>
    /// <param name="progress">Told after each piece, on another thread. What it throws ends the export.</param>
    /// <param name="cancellationToken">Ends the export.</param>
    /// <returns>A task that ends when the file is there.</returns>
    /// <exception cref="IOException">There is a file of that name already, or it cannot be written.</exception>
    /// <exception cref="StateNotFoundException">A state of the options is not registered.</exception>
    public Task ExportSavepointAsync(
        string path,
        SavepointExportOptions? options = null,
        IProgress<SavepointProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return SavepointTransfer.ExportAsync(_handle, path, options, progress, cancellationToken);
    }

    /// <summary>
    /// Takes a savepoint in, or parts of it. Nothing of it counts before the task has ended: when the import fails or is cancelled, or the process is
    /// killed, what it wrote is removed, at once or when the folder is opened the next time. Keyed backends of its key groups are opened afterwards.
    /// </summary>
    /// <param name="source">Where it comes from, read to its end and left open.</param>
    /// <param name="options">What is wanted, and where it goes; null for everything as it was.</param>
    /// <param name="progress">Told after each piece, on another thread. What it throws ends the import.</param>
    /// <param name="cancellationToken">Ends the import.</param>
    /// <returns>A task that ends when all of it counts. All failures but those of the arguments are in it.</returns>
    /// <exception cref="StateBackendCorruptionException">The savepoint is damaged, cut short, or none; the message says where.</exception>
    /// <exception cref="StateMismatchException">
    /// A state is registered in another way or has rows already, or keys cannot be placed; the message names the state.
    /// </exception>
    /// <exception cref="StateBackendException">
    /// A keyed backend has its key groups open, or another savepoint is being imported (<see cref="StateBackendStatus.InUse"/>).
    /// </exception>
    public Task ImportSavepointAsync(
        Stream source,
        SavepointImportOptions? options = null,
        IProgress<SavepointProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return SavepointTransfer.ImportAsync(_handle, new StreamSource(source), options ?? new(), progress, cancellationToken);
    }

    /// <summary>As with a stream, from a file of which every byte is verified before anything is written.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">What is wanted, and where it goes; null for everything as it was.</param>
    /// <param name="progress">Told after each piece, on another thread. What it throws ends the import.</param>
    /// <param name="cancellationToken">Ends the import.</param>
    /// <returns>A task that ends when all of it counts.</returns>
    /// <exception cref="StateBackendIOException">The file cannot be read.</exception>
    /// <exception cref="StateBackendCorruptionException">The savepoint is damaged, cut short, or none; the message names the file and the part.</exception>
    /// <exception cref="StateMismatchException">A state is registered in another way or has rows already, or keys cannot be placed.</exception>
    public Task ImportSavepointAsync(
        string path,
        SavepointImportOptions? options = null,
        IProgress<SavepointProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        cancellationToken.ThrowIfCancellationRequested();
        return SavepointTransfer.ImportAsync(_handle, path, options, progress, cancellationToken);
    }

    /// <summary>Reads a file with a savepoint and verifies every byte of it, on a thread of its own.</summary>
    /// <param name="path">Path of the file.</param>
    /// <returns>What it holds.</returns>
    /// <exception cref="StateBackendIOException">The file cannot be read.</exception>
    /// <exception cref="StateBackendCorruptionException">The savepoint is damaged, cut short, or none; the message names the file and the part.</exception>
    public static Task<SavepointSummary> VerifySavepointAsync(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return SavepointTransfer.VerifyAsync(path);
    }
}
