using System.ComponentModel;
using System.Globalization;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Lets configuration bind texts such as <c>64MB</c> or <c>67108864</c>, and numbers, to a <see cref="ByteSize"/>.</summary>
public sealed class ByteSizeTypeConverter : TypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || sourceType == typeof(int) || sourceType == typeof(long) || sourceType == typeof(ulong)
        || sourceType == typeof(double) || base.CanConvertFrom(context, sourceType);

    /// <inheritdoc/>
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) => value switch
    {
        string text => ByteSize.Parse(text, CultureInfo.InvariantCulture),
        int bytes => (ByteSize)bytes,
        long bytes => (ByteSize)bytes,
        ulong bytes => (ByteSize)bytes,
        double bytes => (ByteSize)bytes,
        _ => base.ConvertFrom(context, culture, value),
    };

    /// <inheritdoc/>
    public override object? ConvertTo(ITypeDescriptorContext? context, CultureInfo? culture, object? value, Type destinationType) =>
        value is ByteSize size && destinationType == typeof(string)
            ? size.ToString(null, CultureInfo.InvariantCulture)
            : base.ConvertTo(context, culture, value, destinationType);
}
