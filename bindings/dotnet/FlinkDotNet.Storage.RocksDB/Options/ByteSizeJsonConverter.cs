using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Reads a <see cref="ByteSize"/> from a JSON number of bytes or from a text such as <c>"64MB"</c>, and writes the number.
/// </summary>
public sealed class ByteSizeJsonConverter : JsonConverter<ByteSize>
{
    /// <inheritdoc/>
    public override ByteSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return reader.TokenType == JsonTokenType.String ? ByteSize.Parse(reader.GetString()!, CultureInfo.InvariantCulture) : Number(ref reader);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ByteSize value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteNumberValue(value.Bytes);
    }

    private static ByteSize Number(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number) throw new JsonException("A size is a number of bytes or a text such as \"64MB\".");
        return reader.TryGetInt64(out var whole) ? whole : reader.GetDouble();
    }
}
