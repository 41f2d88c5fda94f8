using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Says what is wrong with options before a backend is opened with them: that of them which does not reach the library. The library checks
/// all others, by the same names and ranges for every language, when the backend opens.
/// </summary>
internal sealed class RocksDBOptionsValidator : IValidateOptions<RocksDBOptions>
{
    /// <summary>Refuses what no backend can go by.</summary>
    /// <returns>The folder of the snapshots.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static string Check(RocksDBOptions options)
    {
        if (options.CloseTimeout < TimeSpan.Zero && options.CloseTimeout != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentException($"{nameof(options.CloseTimeout)} must be zero or more, or infinite, but is {options.CloseTimeout}.");
        }

        var snapshots = FileSnapshotStore.DirectoryFor(options);
        CheckCheckpoints(options, snapshots);
        CheckRestore(options.RestoreFrom);
        return snapshots;
    }

    /// <summary>Refuses a restore of which nothing can come.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it as a configuration does.</exception>
    public static void CheckRestore(CheckpointRestore? restore)
    {
        const string path = nameof(RocksDBOptions.RestoreFrom);
        if (restore is null) return;
        if (restore.Directory is { Length: 0 }) throw new ArgumentException($"{path}:{nameof(restore.Directory)} must name a folder, or be left out.");
        if (!Enum.IsDefined(restore.ClaimMode))
        {
            throw new ArgumentException($"{path}:{nameof(restore.ClaimMode)} must be NoClaim, Claim or Legacy, but is {restore.ClaimMode}.");
        }

        if (restore.CheckpointId < 0)
        {
            throw new ArgumentException($"{path}:{nameof(restore.CheckpointId)} must be zero or more, but is {restore.CheckpointId}.");
        }
    }

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RocksDBOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            _ = Check(options);
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail(exception.Message);
        }
    }

    private static void CheckCheckpoints(RocksDBOptions options, string snapshots)
    {
        CheckRange(nameof(options.CheckpointsRetained), options.CheckpointsRetained, 10_000);
        CheckRange(nameof(options.CheckpointTransferThreads), options.CheckpointTransferThreads, 64);
        CheckRange(nameof(options.MaxConcurrentCheckpoints), options.MaxConcurrentCheckpoints, 16);
        if (options.CheckpointTimeout < TimeSpan.Zero)
        {
            throw new ArgumentException($"{nameof(options.CheckpointTimeout)} must be zero, for no bound, or more, but is {options.CheckpointTimeout}.");
        }

        const string name = nameof(options.CheckpointDirectory);
        if (options.CheckpointDirectory is { Length: 0 }) throw new ArgumentException($"{name} must name a folder, or be left out.");
        var directory = CheckpointRuns.DirectoryOf(options);
        string[] taken = [CheckpointRuns.Rooted(options.DataDirectory), CheckpointRuns.Rooted(snapshots)];
        if (taken.Contains(directory, StringComparer.Ordinal))
        {
            throw new ArgumentException($"{name} must be a folder of its own, but {directory} is that of the state or of the snapshots.");
        }
    }

    private static void CheckRange(string name, int value, int most)
    {
        if (value < 1 || value > most) throw new ArgumentException($"{name} must be from 1 to {most}, but is {value}.");
    }
}
