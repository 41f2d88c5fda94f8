using FlinkDotNet.Core.Abstractions.Storage;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Keeps snapshots of operators in a folder or, with a library built with object stores, below a URL: outside the state that they back up, each in
/// a file of its own with its SHA-256. A handle is the SHA-256 of the identifiers, each with its length, so that no two mix. Snapshots stay until
/// they are deleted. Usable from any thread; each call works on a thread of its own.
/// </summary>
/// <remarks>
/// Members throw <see cref="StateBackendIOException"/> when the place cannot be read or written, and
/// <see cref="StateBackendCorruptionException"/>, which names the file, for a snapshot that is damaged.
/// </remarks>
public sealed class StateSnapshotStore : IStateSnapshotStore
{
    private readonly byte[] _document;

    /// <summary>Initializes a new instance of the <see cref="StateSnapshotStore"/> class. Nothing is read or made yet.</summary>
    /// <param name="directory">The folder, which need not exist, or a URL.</param>
    /// <param name="objectStoreSettings">Settings of the object store, see <see cref="RocksDBOptions.ObjectStoreSettings"/>.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public StateSnapshotStore(string directory, IReadOnlyDictionary<string, string>? objectStoreSettings = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        Directory = directory;
        _document = OptionsDocument.CheckpointStore(CheckpointRuns.Rooted(directory), objectStoreSettings).ToArray();
    }

    /// <summary>Gets the folder or URL as it was named.</summary>
    public string Directory { get; }

    /// <inheritdoc/>
    public Task<SnapshotHandle> StoreSnapshot(string jobId, long checkpointId, string taskManagerId, string operatorId, byte[] snapshotData)
    {
        ArgumentNullException.ThrowIfNull(snapshotData);
        return StoreAsync(SnapshotName.Of(jobId, checkpointId, taskManagerId, operatorId), snapshotData);
    }

    /// <inheritdoc/>
    public Task<byte[]?> RetrieveSnapshot(SnapshotHandle handle) =>
        handle is null ? Task.FromResult<byte[]?>(null) : RetrieveAsync(SnapshotName.Check(handle.Value));

    /// <summary>Removes a snapshot. Nothing happens when there is none of that handle.</summary>
    /// <param name="handle">A handle that this store issued.</param>
    /// <returns>A task that ends when it is gone.</returns>
    /// <exception cref="ArgumentException">The handle is not one of this store.</exception>
    public Task DeleteSnapshot(SnapshotHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        var name = SnapshotName.Check(handle.Value);
        return InLibrary<object?>(library =>
        {
            if (FormerPath(name) is { } former) File.Delete(former);
            library.DeleteSnapshot(name);
            return null;
        });
    }

    /// <summary>Begins a snapshot of named states, kept in memory until it is committed: at most 2 GB.</summary>
    /// <param name="jobId">Identifier of the job.</param>
    /// <param name="checkpointId">Number of the checkpoint that the snapshot belongs to.</param>
    /// <param name="operatorId">Identifier of the operator.</param>
    /// <param name="subtaskId">Identifier of its subtask.</param>
    /// <returns>The writer. One that is disposed without a commit has stored nothing.</returns>
    public Task<IStateSnapshotWriter> CreateWriter(string jobId, long checkpointId, string operatorId, string subtaskId)
    {
        var name = SnapshotName.OfStates(jobId, checkpointId, subtaskId, operatorId);
        return Task.FromResult<IStateSnapshotWriter>(new StateSnapshotWriter(content => StoreAsync(name, content)));
    }

    /// <summary>Opens a snapshot that a writer committed, every byte verified.</summary>
    /// <param name="handle">What <see cref="IStateSnapshotWriter.CommitAndGetHandleAsync"/> answered.</param>
    /// <returns>The reader; one without any state when there is no snapshot of that handle, as in FLINK.NET.</returns>
    /// <exception cref="ArgumentException">The handle is not one of this store.</exception>
    /// <exception cref="StateBackendCorruptionException">The snapshot is damaged, or no writer made it.</exception>
    public async Task<IStateSnapshotReader> CreateReader(string handle) =>
        new StateSnapshotReader(handle, await RetrieveAsync(SnapshotName.Check(handle)).ConfigureAwait(false));

    /// <summary>The folder of a backend's snapshots, or their URL.</summary>
    /// <exception cref="ArgumentException">The folder is the folder of the state, or lies in it.</exception>
    internal static string DirectoryFor(RocksDBOptions options)
    {
        if (string.IsNullOrEmpty(options.DataDirectory)) throw new ArgumentException($"{nameof(RocksDBOptions.DataDirectory)} must name a folder.");
        if ((options.SnapshotDirectory ?? options.CheckpointDirectory) is { } url && CheckpointRuns.IsUrl(url)) return url;
        var data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataDirectory));
        var snapshots = Path.GetFullPath(options.SnapshotDirectory ?? data + "-snapshots");
        var inside = (snapshots + Path.DirectorySeparatorChar).StartsWith(data + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return inside
            ? throw new ArgumentException($"{nameof(RocksDBOptions.SnapshotDirectory)} must lie outside the folder of the state {data}, but is {snapshots}.")
            : snapshots;
    }

    private Task<SnapshotHandle> StoreAsync(string name, byte[] content) => InLibrary(library =>
    {
        library.PutSnapshot(name, content);
        return new SnapshotHandle(name);
    });

    private Task<byte[]?> RetrieveAsync(string name) =>
        InLibrary(library => library.GetSnapshot(name) ?? (TakeOver(name) ? library.GetSnapshot(name) : null));

    /// <summary>Calls the library with a store that lives for the call alone, because this object has no end.</summary>
    private Task<T> InLibrary<T>(Func<CheckpointStoreHandle, T> call) => CheckpointRuns.OnThreadOfItsOwn(() =>
    {
        using var library = CheckpointStoreHandle.Open(_document);
        return call(library);
    });

    /// <summary>Where earlier versions kept a snapshot.</summary>
    private string? FormerPath(string name) => CheckpointRuns.IsUrl(Directory) ? null : Path.Combine(Directory, name + ".snapshot");

    /// <summary>Moves a snapshot of an earlier version to where the library looks for it, unless it has another of that name by now.</summary>
    private bool TakeOver(string name)
    {
        if (FormerPath(name) is not { } former || !File.Exists(former)) return false;
        var target = Path.Combine(Directory, "snapshots", name + ".snapshot");
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (!File.Exists(target)) File.Move(former, target);
        return true;
    }
}
