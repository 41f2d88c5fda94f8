using System.Globalization;

namespace FlinkDotNet.Storage.RocksDB.Tests.Traces;

/// <summary>The words of a trace: bytes are hexadecimal, <c>-</c> for none, <c>61*300</c> for 300 times the same.</summary>
internal static class TraceText
{
    private const int LongestInFull = 8;

    public static byte[] Bytes(string word)
    {
        if (word == "-") return [];
        var parts = word.Split('*');
        var once = Convert.FromHexString(parts[0]);
        if (parts.Length == 1) return once;
        var repeated = new byte[int.Parse(parts[1], CultureInfo.InvariantCulture)];
        Array.Fill(repeated, once[0]);
        return repeated;
    }

    /// <summary>The bytes of a map value, of which <c>null</c> is one.</summary>
    public static byte[]? Optional(string word) => word == "null" ? null : Bytes(word);

    public static string Word(byte[]? bytes)
    {
        if (bytes is null) return "null";
        if (bytes.Length == 0) return "-";
        if (bytes.Length > LongestInFull && bytes.All(other => other == bytes[0])) return $"{Hex(bytes[..1])}*{bytes.Length}";
        return Hex(bytes);
    }

    /// <summary>The fewest digits that say which double it is, never with an exponent.</summary>
    public static string Word(double value)
    {
        var digits = value.ToString("R", CultureInfo.InvariantCulture);
        if (!digits.Contains('E', StringComparison.Ordinal)) return digits;
        return decimal.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }

    public static string Listed(IEnumerable<string> words)
    {
        var listed = string.Join(' ', words);
        return listed.Length == 0 ? "none" : listed;
    }

    public static string YesOrNo(bool value) => value ? "true" : "false";

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes).ToLowerInvariant();
}
