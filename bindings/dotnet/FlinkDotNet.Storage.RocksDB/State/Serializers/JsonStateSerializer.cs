using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>JSON through the metadata that the source generator of System.Text.Json makes: no reflection.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
internal sealed class JsonStateSerializer<T>(JsonTypeInfo<T> typeInfo, string typeId) : IStateSerializer<T>, IAppendingSerializer
{
    // The text is read by nothing but this class, so that it need not be escaped for a page of HTML.
    private static readonly JsonWriterOptions Terse = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Utf8JsonWriter? _spare;

    /// <inheritdoc/>
    public string TypeId => typeId;

    /// <inheritdoc/>
    public bool TryWrite(T value, Span<byte> target, out int written)
    {
        var bytes = PackedBuffer.Rent();
        try
        {
            Write(value, bytes);
            written = bytes.Length;
            return bytes.Written.TryCopyTo(target);
        }
        finally
        {
            bytes.Return();
        }
    }

    /// <inheritdoc/>
    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The writer owns nothing and is used again.")]
    public void Write(T value, IBufferWriter<byte> target)
    {
        var json = _spare ?? new Utf8JsonWriter(target, Terse);
        _spare = null;
        json.Reset(target);
        JsonSerializer.Serialize(json, value, typeInfo);
        json.Flush();
        _spare = json;
    }

    /// <inheritdoc/>
    public T Read(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, typeInfo)!;
}
