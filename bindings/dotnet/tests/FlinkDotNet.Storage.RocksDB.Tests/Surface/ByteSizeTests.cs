using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace FlinkDotNet.Storage.RocksDB.Tests.Surface;

public class ByteSizeTests
{
    [Fact]
    public void Conversion_FromEveryNumberType_KeepsTheBytes()
    {
        ByteSize[] sizes = { 64, 64u, 64L, 64UL, 64.9, 64f, (short)64, (ushort)64, (sbyte)64, (byte)64, (nint)64 };
        Assert.All(sizes, size => Assert.Equal(64, size.Bytes));
    }

    [Fact]
    public void Conversion_ToNumberTypes_KeepsTheBytes()
    {
        ByteSize size = 5L << 30;
        long signed = size;
        ulong unsigned = size;
        double real = size;
        Assert.Equal(5368709120, signed);
        Assert.Equal(5368709120UL, unsigned);
        Assert.Equal(5368709120.0, real);
        Assert.Equal(7, (int)new ByteSize(7));
        Assert.Throws<OverflowException>(() => (int)size);
        Assert.Throws<OverflowException>(() => (uint)size);
    }

    [Fact]
    public void Arithmetic_WithNumbersOnTheRight_IsASize()
    {
        ByteSize size = 1000;
        var factor = 3;
        Assert.Equal(new ByteSize(3000), size * factor);
        Assert.Equal(new ByteSize(2000), size * 2UL);
        Assert.Equal(new ByteSize(300), size * 0.3);
        Assert.Equal(new ByteSize(300), 0.3 * size);
        Assert.Equal(new ByteSize(333), size / 3);
        Assert.Equal(new ByteSize(333), size / 3UL);
        Assert.Equal(new ByteSize(400), size / 2.5);
        Assert.Equal(new ByteSize(1001), size + 1);
        Assert.Equal(new ByteSize(999), size - 1);
    }

    [Fact]
    public void Arithmetic_WithANumberDividedBySize_IsANumber()
    {
        ByteSize size = 1000;
        Assert.Equal(2L, 2500L / size);
        Assert.Equal(2UL, 2500UL / size);
        Assert.Equal(0.25, 250.0 / size);
    }

    [Fact]
    public void Arithmetic_OfFlinkNetCode_Compiles()
    {
        ByteSize size = Environment.ProcessorCount * 16 * 1024 * 1024;
        ulong megabytes = size / (1024 * 1024);
        Assert.Equal(16UL * (ulong)Environment.ProcessorCount, megabytes);
        Assert.Equal("64MB", $"{new ByteSize(64 << 20) / 1024 / 1024}MB");
    }

    [Fact]
    public void Comparison_WithNumbersAndSizes_IsByBytes()
    {
        ByteSize small = 10;
        ByteSize large = 20;
        Assert.True(small < large);
        Assert.True(large >= 20);
        Assert.True(small == 10);
        Assert.True(small > -1);
        Assert.True(small != large);
        Assert.True(large > 19.5);
        Assert.True(small.Equals(new ByteSize(10)));
        Assert.Equal(small.GetHashCode(), new ByteSize(10).GetHashCode());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Conversion_OfANegativeNumber_IsRefused(long bytes) =>
        Assert.Contains($"{bytes} is not a size", Assert.Throws<OverflowException>(() => (ByteSize)bytes).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(9223372036854775808.0)]
    public void Conversion_OfADoubleThatIsNoSize_IsRefused(double bytes) => Assert.Throws<OverflowException>(() => (ByteSize)bytes);

    [Fact]
    public void Arithmetic_ThatOverflowsOrGoesBelowZero_IsRefused()
    {
        ByteSize largest = long.MaxValue;
        Assert.Throws<OverflowException>(() => (ByteSize)ulong.MaxValue);
        Assert.Throws<OverflowException>(() => largest + 1);
        Assert.Throws<OverflowException>(() => largest * 2);
        Assert.Throws<OverflowException>(() => largest * 2UL);
        Assert.Throws<OverflowException>(() => largest * 2.0);
        Assert.Throws<OverflowException>(() => new ByteSize(1) - 2);
        Assert.Throws<OverflowException>(() => new ByteSize(1) * -1);
    }

    [Theory]
    [InlineData("67108864", 67108864)]
    [InlineData("64MB", 67108864)]
    [InlineData(" 64 MiB ", 67108864)]
    [InlineData("64m", 67108864)]
    [InlineData("1.5g", 1610612736)]
    [InlineData("2KB", 2048)]
    [InlineData("1TiB", 1099511627776)]
    [InlineData("0", 0)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Parse_OfASize_GivesItsBytes(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text, CultureInfo.InvariantCulture).Bytes);

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("-1")]
    [InlineData("64XB")]
    [InlineData("64MBB")]
    [InlineData("1,5GB")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999TB")]
    public void Parse_OfSomethingElse_IsRefused(string text)
    {
        var failure = Assert.Throws<FormatException>(() => ByteSize.Parse(text, CultureInfo.InvariantCulture));
        Assert.Contains($"'{text}' is not a size", failure.Message, StringComparison.Ordinal);
        Assert.False(ByteSize.TryParse(text, CultureInfo.InvariantCulture, out _));
    }

    [Fact]
    public void ToString_ReadBack_IsTheSameSize() => Assert.Equal(new ByteSize(12345), ByteSize.Parse($"{new ByteSize(12345)}", null));

    [Fact]
    public void TypeConverter_FromTextAndNumbers_GivesTheSize()
    {
        var converter = TypeDescriptor.GetConverter(typeof(ByteSize));
        Assert.Equal(new ByteSize(65536), converter.ConvertFrom(null, CultureInfo.InvariantCulture, "64KB"));
        Assert.Equal(new ByteSize(65536), converter.ConvertFrom(null, CultureInfo.InvariantCulture, 65536L));
        Assert.Equal("65536", converter.ConvertTo(null, CultureInfo.InvariantCulture, new ByteSize(65536), typeof(string)));
    }

    [Theory]
    [InlineData("65536", 65536)]
    [InlineData("\"64KB\"", 65536)]
    [InlineData("1e3", 1000)]
    public void Json_OfANumberOrText_GivesTheSize(string json, long bytes) => Assert.Equal(bytes, JsonSerializer.Deserialize<ByteSize>(json).Bytes);

    [Theory]
    [InlineData("-1")]
    [InlineData("\"soon\"")]
    [InlineData("true")]
    public void Json_OfSomethingElse_IsRefused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ByteSize>(json));

    [Fact]
    public void Json_Written_IsTheNumberOfBytes() => Assert.Equal("65536", JsonSerializer.Serialize(new ByteSize(65536)));

    [Fact]
    public void Configuration_WithSizesAndNames_BindsToTheOptions()
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["WriteBufferSize"] = "32MB",
            ["BlockCacheSize"] = "134217728",
            ["Wal"] = "Sync",
            ["CloseTimeout"] = "00:00:03",
            ["ColumnFamilyOptions:timer_state:BlockSize"] = "16KB",
        };
        var options = new ConfigurationBuilder().AddInMemoryCollection(settings).Build().Get<RocksDBOptions>()!;
        Assert.Equal(32 << 20, options.WriteBufferSize.Bytes);
        Assert.Equal(128 << 20, options.BlockCacheSize.Bytes);
        Assert.Equal(WalMode.Sync, options.Wal);
        Assert.Equal(TimeSpan.FromSeconds(3), options.CloseTimeout);
        Assert.Equal(16 << 10, options.ColumnFamilyOptions["timer_state"].BlockSize!.Value.Bytes);
    }
}
