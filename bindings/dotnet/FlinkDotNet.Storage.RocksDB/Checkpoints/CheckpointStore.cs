using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The checkpoints in a folder: what there is, whether it is whole, and what may go. Reading needs nobody's leave; what removes takes the
/// folder for this store until it is disposed, and is refused while a backend writes its checkpoints there: ask that backend
/// (<see cref="RocksDBStateBackend.Checkpoints"/>). Usable from any thread at once.
/// </summary>
/// <remarks>
/// Members throw <see cref="ObjectDisposedException"/> after dispose, <see cref="StateBackendIOException"/> when the folder cannot be read or
/// written, and a <see cref="StateBackendException"/> with <see cref="StateBackendStatus.InUse"/> when another owner has it.
/// </remarks>
public sealed class CheckpointStore : IDisposable
{
    private readonly CheckpointStoreHandle _handle;
    private readonly bool _ownsHandle;

    /// <summary>Initializes a new instance of the <see cref="CheckpointStore"/> class. Nothing is read or made yet.</summary>
    /// <param name="directory">The folder, which need not exist, or a URL.</param>
    /// <param name="objectStoreSettings">Settings of the object store, see <see cref="RocksDBOptions.ObjectStoreSettings"/>.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="StateBackendLibraryException">The native library could not be loaded.</exception>
    public CheckpointStore(string directory, IReadOnlyDictionary<string, string>? objectStoreSettings = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        Directory = directory;
        _handle = CheckpointStoreHandle.Open(OptionsDocument.CheckpointStore(CheckpointRuns.Rooted(directory), objectStoreSettings));
        _ownsHandle = true;
    }

    /// <summary>Initializes a new instance of the <see cref="CheckpointStore"/> class for a backend, which owns the handle.</summary>
    internal CheckpointStore(string directory, CheckpointStoreHandle handle) => (Directory, _handle) = (directory, handle);

    /// <summary>Gets the folder as it was named.</summary>
    public string Directory { get; }

    /// <summary>Lists the checkpoints that exist, the damaged ones as well, by id.</summary>
    /// <returns>The checkpoints; none when the folder does not exist.</returns>
    public IReadOnlyList<CheckpointInfo> List() => ListedCheckpoint.Read(_handle.ListJson());

    /// <summary>
    /// Reads every file of a checkpoint, on a thread of its own, and compares size and digest. It takes about as long as reading the files does,
    /// and cannot be stopped.
    /// </summary>
    /// <param name="checkpointId">Id of the checkpoint.</param>
    /// <returns>What was read and is whole.</returns>
    /// <exception cref="CheckpointNotFoundException">There is none of that id.</exception>
    /// <exception cref="StateBackendCorruptionException">A file is missing or damaged; the message names it.</exception>
    public Task<CheckpointFiles> VerifyAsync(long checkpointId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checkpointId);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return CheckpointRuns.OnThreadOfItsOwn(() => _handle.Verify((ulong)checkpointId));
    }

    /// <summary>Removes a checkpoint and the files that it alone lists. Nothing happens when there is none of that id.</summary>
    /// <param name="checkpointId">Id of the checkpoint.</param>
    /// <exception cref="StateBackendException">The checkpoint is under way, or another owner has the folder.</exception>
    public void Discard(long checkpointId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checkpointId);
        _handle.Discard((ulong)checkpointId);
    }

    /// <summary>
    /// Removes every file that no checkpoint lists: what a process left that ended before its checkpoint was published, or before one was gone.
    /// </summary>
    /// <returns>What was removed.</returns>
    /// <exception cref="StateBackendCorruptionException">
    /// The metadata of a checkpoint is damaged, so that nobody knows what it lists; the message names it. Discard it first.
    /// </exception>
    public CheckpointFiles Collect() => _handle.Collect();

    /// <summary>Gives the store up; the checkpoints stay. One that a backend gave out ends with the backend instead.</summary>
    public void Dispose()
    {
        if (_ownsHandle) _handle.Dispose();
    }
}
