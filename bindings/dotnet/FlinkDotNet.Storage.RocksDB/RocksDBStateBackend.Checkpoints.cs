using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>Checkpoints and restores.</content>
public partial class RocksDBStateBackend
{
    /// <summary>
    /// Gets the checkpoints in <see cref="RocksDBOptions.CheckpointDirectory"/>. It belongs to the backend, whose end it does not outlive.
    /// </summary>
    public CheckpointStore Checkpoints => _checkpoints.Store;

    /// <summary>
    /// Gets the id of the checkpoint that the backend was opened with, the greatest of several; null when it was opened with what its folder held, or
    /// with an empty state.
    /// </summary>
    public long? RestoredCheckpointId { get; private set; }

    /// <summary>
    /// Opens a backend with what a checkpoint holds, every byte verified, in the place of what its folder holds now; that comes back when anything
    /// fails, also when the process is killed. Files are linked, not copied, where the file system allows it. As the constructor with
    /// <see cref="RocksDBOptions.RestoreFrom"/>, but on a thread of its own, and a failure is the cause itself.
    /// </summary>
    /// <param name="options">The options; read once, later changes to the object do nothing.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="restore">Which checkpoint; null for that of the options, or else the newest of the backend's own.</param>
    /// <param name="resources">Cache and limits to share with other backends; null for the backend's own.</param>
    /// <param name="cancellationToken">Looked at before the restore begins: one that has begun goes on to its end.</param>
    /// <returns>The backend, which the caller disposes.</returns>
    /// <exception cref="CheckpointNotFoundException">There is no checkpoint of that id.</exception>
    /// <exception cref="StateBackendCorruptionException">A file of the checkpoint is missing or damaged; the message names it.</exception>
    /// <exception cref="StateBackendFolderInUseException">A backend has the folder of the state open.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or there is no checkpoint at all.</exception>
    public static Task<RocksDBStateBackend> RestoreAsync(
        RocksDBOptions options,
        ILogger logger,
        CheckpointRestore? restore = null,
        SharedResources? resources = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        return OpenAsync(options, logger, resources, new OpenedFromRestore(restore ?? options.RestoreFrom ?? new CheckpointRestore()), cancellationToken);
    }

    /// <summary>
    /// Opens a backend with one subtask's part of the checkpoints of all former subtasks, every byte verified, in the place of what its folder
    /// holds now, as <see cref="RestoreAsync"/> does: from one subtask to several, from several to one, and any other way. Max parallelism stays.
    /// Files that hold nothing but the subtask's key groups are linked as they are. <see cref="RocksDBOptions.RestoreFrom"/> is not looked at.
    /// </summary>
    /// <param name="options">The options; read once, later changes to the object do nothing.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="rescale">Which part of what.</param>
    /// <param name="resources">Cache and limits to share with other backends; null for the backend's own.</param>
    /// <param name="cancellationToken">Looked at before the rescale begins: one that has begun goes on to its end.</param>
    /// <returns>The backend, which the caller disposes.</returns>
    /// <exception cref="CheckpointNotFoundException">There is no checkpoint of one of the ids.</exception>
    /// <exception cref="StateBackendCorruptionException">A file of a checkpoint is missing or damaged; the message names it.</exception>
    /// <exception cref="StateBackendFolderInUseException">A backend has the folder of the state open.</exception>
    /// <exception cref="StateMismatchException">The checkpoints declare a state in different ways.</exception>
    /// <exception cref="ArgumentException">
    /// An option or a value of <paramref name="rescale"/> is out of its range, a folder has no checkpoint, or key groups are in none or in two of the
    /// checkpoints.
    /// </exception>
    public static Task<RocksDBStateBackend> RescaleAsync(
        RocksDBOptions options,
        ILogger logger,
        CheckpointRescale rescale,
        SharedResources? resources = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        ArgumentNullException.ThrowIfNull(rescale);
        return OpenAsync(options, logger, resources, new OpenedFromRescale(rescale), cancellationToken);
    }

    /// <inheritdoc cref="CreateCheckpointAsync(long, IProgress{CheckpointProgress}, CancellationToken)"/>
    public Task CreateCheckpointAsync(long checkpointId) => CreateCheckpointAsync(checkpointId, progress: null, CancellationToken.None);

    /// <inheritdoc cref="CreateCheckpointAsync(long, IProgress{CheckpointProgress}, CancellationToken)"/>
    public Task<CheckpointResult> CreateCheckpointAsync(long checkpointId, CancellationToken cancellationToken) =>
        CreateCheckpointAsync(checkpointId, progress: null, cancellationToken);

    /// <summary>
    /// Makes a checkpoint: of all that was written before the call, stored in <see cref="RocksDBOptions.CheckpointDirectory"/>. The caller's thread
    /// drains the row caches, flushes all column families together and links their files, Flink's synchronous phase; threads of the library then
    /// store and publish them while writes go on. Usable from any thread at once: calls with the id of a checkpoint that this backend has under way,
    /// or has made, end as that one does.
    /// </summary>
    /// <param name="checkpointId">Id of the checkpoint, zero or more, and greater than those of all others in the folder.</param>
    /// <param name="progress">
    /// Told how far the checkpoint is: once on the caller's thread when its part is done, then up to ten times a second on another thread, and at
    /// last that all is done. What it throws ends the checkpoint and the task. Null for nobody.
    /// </param>
    /// <param name="cancellationToken">Cancels the checkpoint, also for others who wait for it, unless it is being published already.</param>
    /// <returns>A task that ends when the checkpoint is published, and has blocked no thread of the pool. All failures but these are in it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    /// <exception cref="ArgumentException">The id is not greater than those in the folder.</exception>
    /// <exception cref="OperationCanceledException">The checkpoint was cancelled, by the token, by another caller, or by dispose.</exception>
    /// <exception cref="CheckpointExpiredException">It took longer than <see cref="RocksDBOptions.CheckpointTimeout"/>.</exception>
    /// <exception cref="StateBackendException">
    /// A step failed, which the message names; or <see cref="RocksDBOptions.MaxConcurrentCheckpoints"/> are under way, or another backend has the
    /// folder (<see cref="StateBackendStatus.InUse"/>). Earlier checkpoints are as they were, and the next one may succeed.
    /// </exception>
    public Task<CheckpointResult> CreateCheckpointAsync(
        long checkpointId, IProgress<CheckpointProgress>? progress, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checkpointId);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return MakeCheckpointAsync(checkpointId, progress, cancellationToken);
    }

    /// <summary>
    /// Tells that a checkpoint is complete everywhere in the job: the next ones build upon it, and older ones beyond
    /// <see cref="RocksDBOptions.CheckpointsRetained"/> are removed before this returns. Nothing happens for an id that is not known. Needed without
    /// <see cref="RocksDBOptions.ConfirmCheckpointsAutomatically"/> only. Usable from any thread.
    /// </summary>
    /// <param name="checkpointId">Id of the checkpoint.</param>
    /// <exception cref="StateBackendIOException">
    /// An older one could not be removed as a whole; <see cref="CheckpointStore.Collect"/> goes on with it.
    /// </exception>
    public void NotifyCheckpointComplete(long checkpointId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checkpointId);
        _handle.NotifyCheckpointComplete((ulong)checkpointId);
    }

    /// <summary>
    /// Tells that a checkpoint is not to be: it is cancelled, or removed when it is published already. Nothing happens for an id that is not known.
    /// Waits up to five seconds for one that is under way. Usable from any thread.
    /// </summary>
    /// <param name="checkpointId">Id of the checkpoint.</param>
    /// <exception cref="StateBackendIOException">It could not be removed as a whole.</exception>
    public void NotifyCheckpointAborted(long checkpointId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checkpointId);
        _handle.NotifyCheckpointAborted((ulong)checkpointId);
    }

    private async Task<CheckpointResult> MakeCheckpointAsync(
        long checkpointId, IProgress<CheckpointProgress>? progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var traced = Tracing.Start("checkpoint", DataDirectory);
        traced.IsOf(checkpointId);
        try
        {
            var made = await _checkpoints.RunAsync(_handle, checkpointId, progress, cancellationToken).ConfigureAwait(false);
            LogCompleted(made);
            return made;
        }
        catch (Exception exception)
        {
            traced.Fail(exception);
            if (exception is OperationCanceledException) Log.CheckpointCancelled(_logger, DataDirectory, checkpointId);
            else Log.CheckpointFailed(_logger, DataDirectory, checkpointId, exception);
            throw;
        }
    }

    private void LogCompleted(CheckpointResult made) => Log.CheckpointCompleted(
        _logger,
        DataDirectory,
        made.CheckpointId,
        made.SyncDuration.TotalMilliseconds,
        made.AsyncDuration.TotalMilliseconds,
        made.NewBytes,
        made.TotalBytes,
        made.NewFiles,
        made.TotalFiles);

    private static async Task<RocksDBStateBackend> OpenAsync(
        RocksDBOptions options, ILogger logger, SharedResources? resources, OpenedFrom from, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await CheckpointRuns.OnThreadOfItsOwn(() => new RocksDBStateBackend(options, logger, resources, from)).ConfigureAwait(false);
        }
        catch (InvalidOperationException failure) when (failure.InnerException is { } cause)
        {
            ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }
}
