using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A number of bytes, from 0 to <see cref="long.MaxValue"/>. It converts from and to the number types without a cast, so that options take
/// <c>64 * 1024 * 1024</c>, a <see cref="ulong"/> or <c>memory * 0.3</c> alike; a fraction of a byte is cut off.
/// </summary>
/// <remarks>
/// A size times or divided by a number is a size; sizes add and subtract; a number divided by a size is a number. Whatever would be
/// negative, not a number or too large throws <see cref="OverflowException"/>. Sizes compare like numbers.
/// </remarks>
[TypeConverter(typeof(ByteSizeTypeConverter))]
[JsonConverter(typeof(ByteSizeJsonConverter))]
[SuppressMessage("Usage", "CA2225:Operator overloads have named alternates", Justification = "Bytes and the constructor are the alternates.")]
[SuppressMessage(
    "Usage",
    "CA2231:Overload operator equals on overriding value type Equals",
    Justification = "Sizes compare as numbers; an operator of their own would refuse size == -1 at run time.")]
public readonly struct ByteSize : IEquatable<ByteSize>, IFormattable, IParsable<ByteSize>
{
    /// <summary>Initializes a new instance of the <see cref="ByteSize"/> struct.</summary>
    /// <param name="bytes">Number of bytes.</param>
    /// <exception cref="OverflowException">The number is negative.</exception>
    public ByteSize(long bytes)
    {
        if (bytes < 0) throw OutOfRange(bytes);
        Bytes = bytes;
    }

    /// <summary>Gets the number of bytes.</summary>
    public long Bytes { get; }

    /// <summary>Converts a number of bytes.</summary>
    /// <param name="bytes">Number of bytes, not negative.</param>
    public static implicit operator ByteSize(int bytes) => new(bytes);

    /// <summary>Converts a number of bytes.</summary>
    /// <param name="bytes">Number of bytes.</param>
    public static implicit operator ByteSize(byte bytes) => new(bytes);

    /// <summary>Converts a number of bytes.</summary>
    /// <param name="bytes">Number of bytes.</param>
    public static implicit operator ByteSize(ushort bytes) => new(bytes);

    /// <summary>Converts a number of bytes.</summary>
    /// <param name="bytes">Number of bytes.</param>
    public static implicit operator ByteSize(uint bytes) => new(bytes);

    /// <summary>Converts a number of bytes.</summary>
    /// <param name="bytes">Number of bytes, not negative.</param>
    public static implicit operator ByteSize(long bytes) => new(bytes);

    /// <summary>Converts a number of bytes.</summary>
    /// <param name="bytes">Number of bytes, at most <see cref="long.MaxValue"/>.</param>
    public static implicit operator ByteSize(ulong bytes) => bytes <= long.MaxValue ? new((long)bytes) : throw OutOfRange(bytes);

    /// <summary>Converts a number of bytes; a fraction is cut off.</summary>
    /// <param name="bytes">Number of bytes, not negative.</param>
    public static implicit operator ByteSize(double bytes) => bytes is >= 0 and < 9223372036854775808.0 ? new((long)bytes) : throw OutOfRange(bytes);

    /// <summary>Converts a size to its number of bytes.</summary>
    /// <param name="size">The size.</param>
    public static implicit operator long(ByteSize size) => size.Bytes;

    /// <summary>Converts a size to its number of bytes.</summary>
    /// <param name="size">The size.</param>
    public static implicit operator ulong(ByteSize size) => (ulong)size.Bytes;

    /// <summary>Converts a size to its number of bytes, to the precision of a double.</summary>
    /// <param name="size">The size.</param>
    public static implicit operator double(ByteSize size) => size.Bytes;

    /// <summary>Converts a size to its number of bytes.</summary>
    /// <param name="size">The size, less than 2 GiB.</param>
    /// <exception cref="OverflowException">The size is 2 GiB or more.</exception>
    public static explicit operator int(ByteSize size) => checked((int)size.Bytes);

    /// <summary>Converts a size to its number of bytes.</summary>
    /// <param name="size">The size, less than 4 GiB.</param>
    /// <exception cref="OverflowException">The size is 4 GiB or more.</exception>
    public static explicit operator uint(ByteSize size) => checked((uint)size.Bytes);

    /// <summary>Adds two sizes.</summary>
    /// <param name="left">First size.</param>
    /// <param name="right">Second size.</param>
    /// <returns>Their sum.</returns>
    public static ByteSize operator +(ByteSize left, ByteSize right) => checked(left.Bytes + right.Bytes);

    /// <summary>Subtracts a size from another.</summary>
    /// <param name="left">The larger size.</param>
    /// <param name="right">The smaller size.</param>
    /// <returns>The difference.</returns>
    public static ByteSize operator -(ByteSize left, ByteSize right) => left.Bytes - right.Bytes;

    /// <summary>Multiplies a size.</summary>
    /// <param name="size">The size.</param>
    /// <param name="factor">How often to take it.</param>
    /// <returns>The product.</returns>
    public static ByteSize operator *(ByteSize size, long factor) => checked(size.Bytes * factor);

    /// <inheritdoc cref="op_Multiply(ByteSize, long)"/>
    public static ByteSize operator *(ByteSize size, ulong factor) => checked((ulong)size.Bytes * factor);

    /// <inheritdoc cref="op_Multiply(ByteSize, long)"/>
    public static ByteSize operator *(ByteSize size, double factor) => size.Bytes * factor;

    /// <summary>Multiplies a size.</summary>
    /// <param name="factor">How often to take it.</param>
    /// <param name="size">The size.</param>
    /// <returns>The product.</returns>
    public static ByteSize operator *(long factor, ByteSize size) => size * factor;

    /// <inheritdoc cref="op_Multiply(long, ByteSize)"/>
    public static ByteSize operator *(ulong factor, ByteSize size) => size * factor;

    /// <inheritdoc cref="op_Multiply(long, ByteSize)"/>
    public static ByteSize operator *(double factor, ByteSize size) => size * factor;

    /// <summary>Divides a size by a number.</summary>
    /// <param name="size">The size.</param>
    /// <param name="divisor">The number.</param>
    /// <returns>The part, cut to whole bytes.</returns>
    public static ByteSize operator /(ByteSize size, long divisor) => size.Bytes / divisor;

    /// <inheritdoc cref="op_Division(ByteSize, long)"/>
    public static ByteSize operator /(ByteSize size, ulong divisor) => (ulong)size.Bytes / divisor;

    /// <inheritdoc cref="op_Division(ByteSize, long)"/>
    public static ByteSize operator /(ByteSize size, double divisor) => size.Bytes / divisor;

    /// <summary>Divides a number by a size.</summary>
    /// <param name="number">The number.</param>
    /// <param name="size">The size, more than zero.</param>
    /// <returns>The quotient in the type of the number.</returns>
    public static long operator /(long number, ByteSize size) => number / size.Bytes;

    /// <inheritdoc cref="op_Division(long, ByteSize)"/>
    public static ulong operator /(ulong number, ByteSize size) => number / (ulong)size.Bytes;

    /// <inheritdoc cref="op_Division(long, ByteSize)"/>
    public static double operator /(double number, ByteSize size) => number / size.Bytes;

    /// <summary>Reads a size such as <c>67108864</c>, <c>64MB</c>, <c>64 MiB</c> or <c>1.5g</c>.</summary>
    /// <param name="s">
    /// A number, and after it, optionally, a unit: B, K, KB, KiB, M, MB, MiB, G, GB, GiB, T, TB or TiB in any case. A kilobyte is 1024
    /// bytes.
    /// </param>
    /// <param name="provider">How the number is written; null is the invariant culture.</param>
    /// <returns>The size, cut to whole bytes.</returns>
    /// <exception cref="FormatException">The text is not a size.</exception>
    public static ByteSize Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        if (TryParse(s, provider, out var size)) return size;
        throw new FormatException($"'{s}' is not a size; write a number of bytes, or a number with a unit, such as 64MB.");
    }

    /// <summary>Reads a size; see <see cref="Parse"/>.</summary>
    /// <param name="s">A number and a unit.</param>
    /// <param name="provider">How the number is written; null is the invariant culture.</param>
    /// <param name="result">The size, when the text is one.</param>
    /// <returns>Whether the text is a size.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ByteSize result)
    {
        result = default;
        var number = s.AsSpan().Trim();
        var letters = number.Length;
        while (letters > 0 && char.IsAsciiLetter(number[letters - 1])) letters--;
        if (UnitBytes(number[letters..]) is not { } unit) return false;
        provider ??= CultureInfo.InvariantCulture;
        if (!decimal.TryParse(number[..letters].TrimEnd(), NumberStyles.AllowDecimalPoint, provider, out var amount)) return false;
        if (amount > (decimal)long.MaxValue / unit) return false;
        result = new ByteSize((long)(amount * unit));
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(ByteSize other) => Bytes == other.Bytes;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is ByteSize other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Bytes.GetHashCode();

    /// <summary>Writes the number of bytes without a unit.</summary>
    /// <returns>The number.</returns>
    public override string ToString() => Bytes.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => Bytes.ToString(format, formatProvider);

    private static long? UnitBytes(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || IsB(unit)) return 1;
        if (unit.Length > 1 && !IsB(unit[1..]) && !unit[1..].Equals("IB", StringComparison.OrdinalIgnoreCase)) return null;
        return char.ToUpperInvariant(unit[0]) switch
        {
            'K' => 1L << 10,
            'M' => 1L << 20,
            'G' => 1L << 30,
            'T' => 1L << 40,
            _ => null,
        };
    }

    private static bool IsB(ReadOnlySpan<char> text) => text.Equals("B", StringComparison.OrdinalIgnoreCase);

    private static OverflowException OutOfRange<T>(T bytes) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{bytes} is not a size; a size is from 0 to {long.MaxValue} bytes."));
}
