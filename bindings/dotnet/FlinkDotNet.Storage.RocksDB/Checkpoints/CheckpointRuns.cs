using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The checkpoints of one backend that are under way: begun on the caller's thread, waited for on a thread of their own.</summary>
internal sealed class CheckpointRuns : IDisposable
{
    /// <summary>How often progress is read when somebody wants it: a person sees no more.</summary>
    private const ulong ProgressMillis = 100;

    private readonly HashSet<CheckpointHandle> _underWay = [];
    private readonly CheckpointStoreHandle _handle;
    private readonly ulong _timeoutMillis;
    private readonly bool _confirm;
    private bool _ended;

    /// <summary>Initializes a new instance of the <see cref="CheckpointRuns"/> class.</summary>
    public CheckpointRuns(RocksDBOptions options)
    {
        var directory = DirectoryOf(options);
        _handle = CheckpointStoreHandle.Open(OptionsDocument.CheckpointStore(directory, options));
        _timeoutMillis = (ulong)Math.Ceiling(options.CheckpointTimeout.TotalMilliseconds);
        _confirm = options.ConfirmCheckpointsAutomatically;
        Store = new CheckpointStore(directory, _handle);
    }

    /// <summary>Gets the store into which they go.</summary>
    public CheckpointStore Store { get; }

    /// <summary>The folder of a backend's checkpoints, in the one spelling that the library compares.</summary>
    public static string DirectoryOf(RocksDBOptions options) => Rooted(options.CheckpointDirectory ?? Path.Combine(options.DataDirectory, "checkpoints"));

    /// <summary>A path in the one spelling that the library compares.</summary>
    public static string Rooted(string directory) =>
        IsUrl(directory) ? directory.TrimEnd('/') : Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));

    /// <summary>Whether checkpoints lie in an object store, and not in a folder.</summary>
    public static bool IsUrl(string directory) => directory.Contains("://", StringComparison.Ordinal);

    /// <summary>Does what may wait for long on a thread of its own, which ends with it.</summary>
    public static Task<T> OnThreadOfItsOwn<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <summary>The store of a folder to open a backend from; null for the backend's own.</summary>
    public CheckpointSource Source(string? other, RocksDBOptions options)
    {
        var directory = other is null ? Store.Directory : Rooted(other);
        var isOwn = string.Equals(directory, Store.Directory, StringComparison.Ordinal);
        return new CheckpointSource(isOwn ? _handle : CheckpointStoreHandle.Open(OptionsDocument.CheckpointStore(directory, options)), isOwn);
    }

    /// <summary>Begins a checkpoint, which takes as long as a flush, and has a thread of its own wait for the end of it.</summary>
    public Task<CheckpointResult> RunAsync(BackendHandle backend, long id, IProgress<CheckpointProgress>? progress, CancellationToken cancellationToken)
    {
        var checkpoint = CheckpointHandle.Begin(backend, _handle, (ulong)id, _timeoutMillis, _confirm);
        lock (_underWay)
        {
            _underWay.Add(checkpoint);
            if (_ended) checkpoint.Cancel();
        }

        var cancelling = cancellationToken.UnsafeRegister(static state => ((CheckpointHandle)state!).Cancel(), checkpoint);
        try
        {
            progress?.Report(CheckpointProgress.From(checkpoint.Progress()));
            return OnThreadOfItsOwn(() => Finish(checkpoint, id, progress, cancelling));
        }
        catch
        {
            Release(checkpoint, cancelling, cancel: true);
            throw;
        }
    }

    /// <summary>Cancels what is under way, and whatever is begun from now on.</summary>
    public void CancelAll()
    {
        lock (_underWay)
        {
            _ended = true;
            foreach (var checkpoint in _underWay) checkpoint.Cancel();
        }
    }

    /// <summary>Frees the store; checkpoints under way keep what they need of it.</summary>
    public void Dispose() => _handle.Dispose();

    private static OperationCanceledException Cancelled(long id, CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested
        ? new OperationCanceledException($"Checkpoint {id} was cancelled.", cancellationToken)
        : new OperationCanceledException($"Checkpoint {id} was cancelled: another caller did it, or it was aborted, or its backend disposed.");

    private CheckpointResult Finish(CheckpointHandle checkpoint, long id, IProgress<CheckpointProgress>? progress, CancellationTokenRegistration cancelling)
    {
        var isPublished = false;
        try
        {
            fsb_checkpoint_report report;
            StateBackendStatus status;
            while ((status = checkpoint.Wait(progress is null ? ulong.MaxValue : ProgressMillis, out report)) == StateBackendStatus.TimedOut)
            {
                progress?.Report(CheckpointProgress.From(checkpoint.Progress()));
            }

            if (status == StateBackendStatus.Cancelled) throw Cancelled(id, cancelling.Token);
            isPublished = true;
            progress?.Report(CheckpointProgress.From(checkpoint.Progress()));
            return CheckpointResult.From(report);
        }
        finally
        {
            // What a progress threw ends the checkpoint as well.
            Release(checkpoint, cancelling, cancel: !isPublished);
        }
    }

    private void Release(CheckpointHandle checkpoint, CancellationTokenRegistration cancelling, bool cancel)
    {
        cancelling.Dispose();
        if (cancel) checkpoint.Cancel();
        lock (_underWay) _underWay.Remove(checkpoint);
        checkpoint.Dispose();
    }
}
