using FlinkDotNet.Storage.RocksDB.Interop;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>One subtask's part of the checkpoints of all former subtasks.</summary>
internal sealed class OpenedFromRescale(CheckpointRescale rescale) : OpenedFrom
{
    /// <inheritdoc/>
    public override string Operation => "rescale";

    /// <inheritdoc/>
    public override void Check()
    {
        if (rescale.Directories is not { Count: > 0 } || rescale.Directories.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException($"{nameof(rescale.Directories)} must name the checkpoint folder of each former subtask.");
        }

        if (rescale.CheckpointIds is null || rescale.CheckpointIds.Any(static id => id < 0))
        {
            throw new ArgumentException($"{nameof(rescale.CheckpointIds)} must be zero or more each, or left out for the newest ones.");
        }

        if (rescale.Parallelism < 1) throw new ArgumentException($"{nameof(rescale.Parallelism)} must be 1 or more, but is {rescale.Parallelism}.");
        if (rescale.Subtask < 0 || rescale.Subtask >= rescale.Parallelism)
        {
            throw new ArgumentException($"{nameof(rescale.Subtask)} must be from 0 to {rescale.Parallelism - 1}, but is {rescale.Subtask}.");
        }
    }

    /// <inheritdoc/>
    public override BackendHandle Open(
        CheckpointRuns runs, RocksDBOptions options, ReadOnlySpan<byte> document, ResourcesHandle? resources, out long? id)
    {
        var sources = new List<CheckpointSource>();
        try
        {
            foreach (var directory in rescale.Directories) sources.Add(runs.Source(directory, options));
            var ids = rescale.CheckpointIds.Count > 0 ? rescale.CheckpointIds : Newest(sources);
            CheckpointStoreHandle[] stores = [.. sources.Select(static source => source.Handle)];
            var backend = BackendHandle.Rescale(document, resources, stores, OptionsDocument.Rescale(rescale, ids));
            id = ids.Max();
            return backend;
        }
        finally
        {
            foreach (var source in sources) source.Dispose();
        }
    }

    /// <inheritdoc/>
    public override void Report(ILogger logger, string dataDirectory, long? id) =>
        Log.Rescaled(logger, dataDirectory, rescale.Subtask, rescale.Parallelism, rescale.Directories.Count, id.GetValueOrDefault());

    /// <summary>The greatest id of each; none when one of them has no checkpoint, which the library then says.</summary>
    private static long[] Newest(List<CheckpointSource> sources)
    {
        var newest = sources.Select(static source => ListedCheckpoint.Newest(source.Handle)).ToArray();
        return Array.TrueForAll(newest, static id => id is not null) ? Array.ConvertAll(newest, static id => id.GetValueOrDefault()) : [];
    }
}
