using System.Buffers;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Moves savepoints between backends and what is outside, on threads of their own: the library's side waits for the disk.</summary>
internal static class SavepointTransfer
{
    /// <summary>The most that crosses into the library at once, and what a stream is read and written in.</summary>
    public const int PieceBytes = 256 << 10;

    /// <summary>Writes a savepoint to a sink.</summary>
    public static async Task ExportAsync(
        BackendHandle backend,
        ISavepointSink sink,
        SavepointExportOptions? options,
        IProgress<SavepointProgress>? progress,
        CancellationToken cancellationToken)
    {
        _ = await CheckpointRuns.OnThreadOfItsOwn(() =>
        {
            using var savepoint = SavepointExportHandle.Begin(backend, OptionsDocument.SavepointExport(options ?? new()));
            long bytes = 0;
            while (savepoint.Read(sink.Lend().Span) is > 0 and var length)
            {
                // Waited for on this thread, which is nobody else's: not every stream can be written to otherwise.
                sink.TakeAsync(length, cancellationToken).AsTask().GetAwaiter().GetResult();
                bytes += length;
                progress?.Report(new SavepointProgress(bytes));
                cancellationToken.ThrowIfCancellationRequested();
            }

            sink.EndAsync(cancellationToken).AsTask().GetAwaiter().GetResult();
            return bytes;
        }).ConfigureAwait(false);
    }

    /// <summary>Reads a savepoint from a source, to its end.</summary>
    public static async Task ImportAsync(
        BackendHandle backend,
        ISavepointSource source,
        SavepointImportOptions options,
        IProgress<SavepointProgress>? progress,
        CancellationToken cancellationToken)
    {
        _ = await CheckpointRuns.OnThreadOfItsOwn(() =>
        {
            using var savepoint = SavepointImportHandle.Begin(backend, OptionsDocument.SavepointImport(options));
            long bytes = 0;
            bool hasEnded;
            do
            {
                var lent = source.ReadAsync(cancellationToken).AsTask().GetAwaiter().GetResult();
                hasEnded = lent.IsEmpty;
                long taken = 0;
                try
                {
                    foreach (var piece in Pieces(lent))
                    {
                        savepoint.Write(piece.Span);
                        taken += piece.Length;
                        progress?.Report(new SavepointProgress(bytes + taken));
                        cancellationToken.ThrowIfCancellationRequested();
                    }
                }
                finally
                {
                    source.AdvanceTo(lent.GetPosition(taken));
                }

                bytes += taken;
            }
            while (!hasEnded);

            savepoint.Finish();
            return bytes;
        }).ConfigureAwait(false);
    }

    /// <summary>Writes a savepoint to a new file, which has its name once all of it is on the disk.</summary>
    public static async Task ExportAsync(
        BackendHandle backend,
        string path,
        SavepointExportOptions? options,
        IProgress<SavepointProgress>? progress,
        CancellationToken cancellationToken)
    {
        var target = Path.GetFullPath(path);
        if (File.Exists(target)) throw new IOException($"There is a file {target} already; a savepoint never takes the place of one.");
        var folder = Path.GetDirectoryName(target)!;
        var unfinished = Path.Combine(folder, $".unfinished-{Guid.NewGuid():N}-{Path.GetFileName(target)}");
        try
        {
            var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            await using (file.ConfigureAwait(false))
            {
                await ExportAsync(backend, new StreamSink(file), options, progress, cancellationToken).ConfigureAwait(false);
                await CheckpointRuns.OnThreadOfItsOwn(() =>
                {
                    file.Flush(flushToDisk: true);
                    return true;
                }).ConfigureAwait(false);
            }

            File.Move(unfinished, target, overwrite: false);
            DirectorySync.Sync(folder);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Reads a savepoint from a file of which every byte was verified before.</summary>
    public static async Task ImportAsync(
        BackendHandle backend,
        string path,
        SavepointImportOptions? options,
        IProgress<SavepointProgress>? progress,
        CancellationToken cancellationToken)
    {
        await VerifyAsync(path).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        await using (file.ConfigureAwait(false))
        {
            await ImportAsync(backend, new StreamSource(file), Named(options, path), progress, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a file and verifies every byte.</summary>
    public static Task<SavepointSummary> VerifyAsync(string path) =>
        CheckpointRuns.OnThreadOfItsOwn(() => SavepointImportHandle.Verify(Utf8.Encode(path)));

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            for (var rest = segment; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, PieceBytes)..]) yield return rest[..Math.Min(rest.Length, PieceBytes)];
        }
    }

    private static SavepointImportOptions Named(SavepointImportOptions? options, string path)
    {
        options ??= new SavepointImportOptions();
        return options.Name is not null ? options : new SavepointImportOptions
        {
            Name = path,
            States = options.States,
            IncludeTimers = options.IncludeTimers,
            IncludeOperatorStates = options.IncludeOperatorStates,
            IncludeColumnFamilies = options.IncludeColumnFamilies,
            KeyGroups = options.KeyGroups,
            Parallelism = options.Parallelism,
            Subtask = options.Subtask,
            Position = options.Position,
            MaxParallelism = options.MaxParallelism,
            Rehash = options.Rehash,
        };
    }
}
