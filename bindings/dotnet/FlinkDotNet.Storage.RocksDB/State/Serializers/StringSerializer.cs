using System.Buffers;
using System.Text;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>UTF-8, in the order of the code points. Text that is not Unicode, with half a surrogate pair, is refused.</summary>
internal sealed class StringSerializer : IStateSerializer<string>
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public string TypeId => "string";

    /// <inheritdoc/>
    public bool TryWrite(string value, Span<byte> target, out int written)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Strict.TryGetBytes(value, target, out written);
    }

    /// <inheritdoc/>
    public void Write(string value, IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(value);
        var written = Strict.GetBytes(value, target.GetSpan(Strict.GetByteCount(value)));
        target.Advance(written);
    }

    /// <inheritdoc/>
    public string Read(ReadOnlySpan<byte> bytes) => Strict.GetString(bytes);
}
