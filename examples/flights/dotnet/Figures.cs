using System.Globalization;

namespace Flights;

/// <summary>Numbers as people write them; what was not measured says so.</summary>
internal static class Figures
{
    public const string NotMeasured = "not measured";
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>27004 → "27,004".</summary>
    public static string Count(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? NotMeasured;

    /// <summary>1502317 → "1.4 MiB".</summary>
    public static string Bytes(long? bytes)
    {
        if (bytes is not { } count)
            return NotMeasured;
        double value = count;
        var unit = 0;
        for (; value >= 1024 && unit < s_units.Length - 1; unit++)
            value /= 1024;
        return value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + s_units[unit];
    }

    /// <summary>41207.3 → "41,207/s".</summary>
    public static string Rate(double perSecond) =>
        double.IsNaN(perSecond) ? NotMeasured : Count((long)Math.Round(perSecond)) + "/s";

    /// <summary>0.0123 → "12.3 µs".</summary>
    public static string Latency(double milliseconds) =>
        double.IsNaN(milliseconds) ? NotMeasured
        : milliseconds < 1 ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds * 1000:0.0} µs")
        : string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.00} ms");

    public static string Percent(double percent) =>
        double.IsNaN(percent) ? NotMeasured : string.Create(CultureInfo.InvariantCulture, $"{percent:0} %");

    /// <summary>Minutes with one decimal; "-" for NaN.</summary>
    public static string Minutes(double minutes) =>
        double.IsNaN(minutes) ? "-" : minutes.ToString("0.0", CultureInfo.InvariantCulture);
}
