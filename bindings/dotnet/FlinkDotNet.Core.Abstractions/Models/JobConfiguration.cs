using System.Globalization;

namespace FlinkDotNet.Core.Abstractions.Models;

/// <summary>Settings of a job by name. Not safe for use by several threads while settings change.</summary>
public class JobConfiguration
{
    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);

    /// <summary>Sets a text.</summary>
    /// <param name="key">Name of the setting.</param>
    /// <param name="value">Its value.</param>
    public void SetString(string key, string value) => _settings[key] = value;

    /// <summary>Reads a text.</summary>
    /// <param name="key">Name of the setting.</param>
    /// <param name="defaultValue">What to answer when it is not set.</param>
    /// <returns>The value or the default.</returns>
    public string? GetString(string key, string? defaultValue = null) => _settings.GetValueOrDefault(key, defaultValue!);

    /// <summary>Sets a number.</summary>
    /// <param name="key">Name of the setting.</param>
    /// <param name="value">Its value.</param>
    public void SetInt(string key, int value) => _settings[key] = value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads a number.</summary>
    /// <param name="key">Name of the setting.</param>
    /// <param name="defaultValue">What to answer when it is not set or is not a number.</param>
    /// <returns>The value or the default.</returns>
    public int GetInt(string key, int defaultValue = 0) =>
        int.TryParse(_settings.GetValueOrDefault(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : defaultValue;
}
