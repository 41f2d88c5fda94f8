using System.Text;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Names on their way to the library.</summary>
internal static class Utf8
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Encodes a name.</summary>
    /// <exception cref="ArgumentException">The name is null or is not Unicode text.</exception>
    public static byte[] Encode(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Strict.GetBytes(name);
    }
}
