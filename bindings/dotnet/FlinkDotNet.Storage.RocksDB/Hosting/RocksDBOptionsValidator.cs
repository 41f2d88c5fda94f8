using System.Text.RegularExpressions;
using FlinkDotNet.Storage.RocksDB.Interop;
using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Says what is wrong with options before a backend is opened with them, by their path in the configuration. The library checks those that reach
/// it, by the same ranges for every language; the others are checked here.
/// </summary>
internal sealed partial class RocksDBOptionsValidator(IEnumerable<OptionsPath> paths) : IValidateOptions<RocksDBOptions>
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

        var snapshots = StateSnapshotStore.DirectoryFor(options);
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

        if (restore.OrEmpty && restore.CheckpointId is not null)
        {
            throw new ArgumentException($"{path}:{nameof(restore.OrEmpty)} is for the newest checkpoint, but {nameof(restore.CheckpointId)} names one.");
        }
    }

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RocksDBOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var prefix = OptionsPath.PrefixOf<RocksDBOptions>(paths, name);
        try
        {
            _ = Check(options);
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail(prefix + exception.Message);
        }

        try
        {
            BackendHandle.CheckOptions(OptionsDocument.Open(options, hasSharedResources: false));
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail($"{prefix}{Named(exception.Message)}{exception.Message}");
        }
    }

    /// <summary>The name here of the option that a message of the library names, such as <c>BlockSize</c> for <c>'block_size_bytes'</c>.</summary>
    private static string Named(string message)
    {
        if (OptionOfTheLibrary().Match(message) is not { Success: true } found) return string.Empty;
        var words = found.Groups["option"].Value.Split('_').ToList();
        if (words[^1] is "bytes" or "millis") words.RemoveAt(words.Count - 1);
        var option = string.Concat(words.Select(static word => char.ToUpperInvariant(word[0]) + word[1..]));
        var family = found.Groups["family"];
        return family.Success ? $"{nameof(RocksDBOptions.ColumnFamilyOptions)}:{family.Value}:{option}: " : $"{option}: ";
    }

    [GeneratedRegex(@"^(column family '(?<family>[^']+)': )?option '(?<option>[a-z0-9]+(_[a-z0-9]+)*)'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OptionOfTheLibrary();

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
        if (!CheckpointRuns.IsUrl(directory) && taken.Contains(directory, StringComparer.Ordinal))
        {
            throw new ArgumentException($"{name} must be a folder of its own, but {directory} is that of the state or of the snapshots.");
        }
    }

    private static void CheckRange(string name, int value, int most)
    {
        if (value < 1 || value > most) throw new ArgumentException($"{name} must be from 1 to {most}, but is {value}.");
    }
}
