namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The hash codes that Java has for common keys, for keyed state that is placed as a Java job places it: pass one of these as the key hash
/// of a keyed backend.
/// </summary>
public static class JavaHashCode
{
    /// <summary>Computes <c>Boolean.hashCode</c>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The hash code.</returns>
    public static int Of(bool value) => value ? 1231 : 1237;

    /// <summary>Computes <c>Integer.hashCode</c>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The hash code.</returns>
    public static int Of(int value) => value;

    /// <summary>Computes <c>Long.hashCode</c>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The hash code.</returns>
    public static int Of(long value) => unchecked((int)(value ^ (value >>> 32)));

    /// <summary>Computes <c>String.hashCode</c>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The hash code.</returns>
    public static int Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var hash = 0;
        foreach (var unit in value) hash = unchecked((31 * hash) + unit);
        return hash;
    }
}
