using Microsoft.Extensions.Configuration;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Where in the configuration the options of a name come from, for the messages that refuse them.</summary>
/// <param name="Kind">Type of the options.</param>
/// <param name="Name">Their name.</param>
/// <param name="Section">The section, such as <c>Flink:State</c>; empty for the root of the configuration.</param>
internal sealed record OptionsPath(Type Kind, string Name, string Section)
{
    /// <summary>The path of a section.</summary>
    public static OptionsPath Of<TOptions>(string name, IConfiguration configuration) =>
        new(typeof(TOptions), name, (configuration as IConfigurationSection)?.Path ?? string.Empty);

    /// <summary>What stands in front of the name of an option that the configuration may have set.</summary>
    public static string PrefixOf<TOptions>(IEnumerable<OptionsPath> known, string? name)
    {
        var section = known.LastOrDefault(path => path.Kind == typeof(TOptions) && string.Equals(path.Name, name, StringComparison.Ordinal))?.Section;
        return string.IsNullOrEmpty(section) ? string.Empty : section + ConfigurationPath.KeyDelimiter;
    }
}
