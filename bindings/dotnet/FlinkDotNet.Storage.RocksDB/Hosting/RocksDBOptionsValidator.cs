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

        return FileSnapshotStore.DirectoryFor(options);
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
}
