using FlinkDotNet.Storage.RocksDB.Interop;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>One checkpoint, or an empty state where there is none and that will do.</summary>
internal sealed class OpenedFromRestore(CheckpointRestore restore) : OpenedFrom
{
    /// <inheritdoc/>
    public override string Operation => "restore";

    /// <summary>What stands for a restore, or for none.</summary>
    public static OpenedFrom? Of(CheckpointRestore? restore) => restore is null ? null : new OpenedFromRestore(restore);

    /// <inheritdoc/>
    public override void Check() => RocksDBOptionsValidator.CheckRestore(restore);

    /// <inheritdoc/>
    public override BackendHandle Open(
        CheckpointRuns runs, RocksDBOptions options, ReadOnlySpan<byte> document, ResourcesHandle? resources, out long? id)
    {
        using var source = runs.Source(restore.Directory, options);
        id = restore.CheckpointId ?? ListedCheckpoint.Newest(source.Handle);
        return BackendHandle.Restore(document, resources, source.Handle, OptionsDocument.Restore(id, restore.ClaimMode, restore.OrEmpty && id is null));
    }

    /// <inheritdoc/>
    public override void Report(ILogger logger, string dataDirectory, long? id)
    {
        if (id is { } restored) Log.Restored(logger, dataDirectory, restored, restore.ClaimMode);
        else Log.RestoredNothing(logger, dataDirectory);
    }
}
