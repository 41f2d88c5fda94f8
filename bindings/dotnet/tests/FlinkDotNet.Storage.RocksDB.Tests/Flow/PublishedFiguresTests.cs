using System.Text.Json;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Flow;

public sealed class PublishedFiguresTests : BackendTest
{
    private string Published => Path.Combine(DataDirectory, "FSB_FIGURES");

    [Fact]
    public void PublishFigures_WritesThoseOfTheBackend()
    {
        using var backend = Open();
        backend.ColumnFamily("user_state").Put("key"u8, "value"u8);
        backend.PublishFigures(TimeSpan.FromHours(1));
        using var figures = JsonDocument.Parse(File.ReadAllText(Published));
        var statistics = figures.RootElement.GetProperty("statistics");
        Assert.Equal(Environment.ProcessId, figures.RootElement.GetProperty("process").GetInt32());
        Assert.Equal(backend.GetStatistics().RowsWritten, statistics.GetProperty("rows_written").GetInt64());
        var memory = statistics.GetProperty("memory_usage_bytes").GetInt64();
        Assert.True(memory > 0);
        Assert.Equal(memory / (double)(512L << 20), figures.RootElement.GetProperty("pressure").GetProperty("memory_share").GetDouble(), 9);
    }

    [Fact]
    public void PublishFigures_EndsWithZeroAndWithTheBackend()
    {
        using (var backend = Open())
        {
            backend.PublishFigures(TimeSpan.FromHours(1));
            backend.PublishFigures(TimeSpan.Zero);
            Assert.False(File.Exists(Published));
            backend.PublishFigures(TimeSpan.FromMilliseconds(100));
            Assert.True(File.Exists(Published));
        }

        Assert.False(File.Exists(Published));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(99)]
    [InlineData(3_600_001)]
    public void PublishFigures_OutOfRange_Throws(int millis)
    {
        using var backend = Open();
        Assert.Throws<ArgumentOutOfRangeException>("interval", () => backend.PublishFigures(TimeSpan.FromMilliseconds(millis)));
        Assert.False(File.Exists(Published));
    }

    [Fact]
    public void PublishFigures_AfterDispose_Throws()
    {
        var backend = Open();
        backend.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.PublishFigures(TimeSpan.FromSeconds(1)));
    }
}
