using FlinkDotNet.Core.Abstractions.Models;
using FlinkDotNet.Core.Abstractions.Models.State;
using FlinkDotNet.Core.Abstractions.Serializers;
using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB.Tests.Surface;

public class AbstractionsTests
{
    [Theory]
    [InlineData(7, 0, 5, 5)]
    [InlineData(-5, 0, 10, -10)]
    [InlineData(-25, 0, 10, -30)]
    [InlineData(-30, 0, 10, -30)]
    [InlineData(7, 3, 5, 3)]
    public void TimeWindow_StartOfATimestamp_IsFlinks(long timestamp, long offset, long size, long start) =>
        Assert.Equal(start, TimeWindow.GetWindowStartWithOffset(timestamp, offset, size));

    [Fact]
    public void TimeWindow_ComparedAndCombined_IsByContent()
    {
        var window = new TimeWindow(0, 10);
        Assert.Equal(new TimeWindow(0, 10), window);
        Assert.NotEqual(new TimeWindow(0, 11), window);
        Assert.Equal(9, window.MaxTimestamp());
        Assert.True(window.Intersects(new TimeWindow(9, 12)));
        Assert.False(window.Intersects(new TimeWindow(10, 12)));
        Assert.Equal(new TimeWindow(0, 12), window.Cover(new TimeWindow(9, 12)));
        Assert.Throws<ArgumentException>(() => new TimeWindow(3, 3));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    public void Descriptor_WithoutAName_IsRefused(string? name) =>
        Assert.Throws<ArgumentException>(() => new ValueStateDescriptor<string>(name!, new Utf8Serializer()));

    [Fact]
    public void Descriptor_WithoutASerializer_IsRefused()
    {
        Assert.Throws<ArgumentNullException>(() => new ListStateDescriptor<string>("list", null!));
        Assert.Throws<ArgumentNullException>(() => new MapStateDescriptor<string, string>("map", new Utf8Serializer(), null!));
        Assert.Equal("none", new ValueStateDescriptor<string>("value", new Utf8Serializer(), "none").DefaultValue);
    }

    [Fact]
    public void JobConfiguration_OfSettings_GivesThemOrTheDefault()
    {
        var configuration = new JobConfiguration();
        configuration.SetInt("parallelism", 4);
        configuration.SetString("name", "orders");
        Assert.Equal(4, configuration.GetInt("parallelism", 1));
        Assert.Equal("orders", configuration.GetString("name"));
        Assert.Equal(1, configuration.GetInt("name", 1));
        Assert.Equal("none", configuration.GetString("absent", "none"));
    }

    private sealed class Utf8Serializer : ITypeSerializer<string>
    {
        public byte[] Serialize(string obj) => System.Text.Encoding.UTF8.GetBytes(obj);

        public string Deserialize(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);
    }
}
