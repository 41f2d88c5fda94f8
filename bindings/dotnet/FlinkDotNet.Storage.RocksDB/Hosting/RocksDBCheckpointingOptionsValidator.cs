using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Says what is wrong with the options of a host's checkpoints, by their path in the configuration.</summary>
internal sealed class RocksDBCheckpointingOptionsValidator(IEnumerable<OptionsPath> paths) : IValidateOptions<RocksDBCheckpointingOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RocksDBCheckpointingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            options.Check();
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail(OptionsPath.PrefixOf<RocksDBCheckpointingOptions>(paths, name) + exception.Message);
        }
    }
}
