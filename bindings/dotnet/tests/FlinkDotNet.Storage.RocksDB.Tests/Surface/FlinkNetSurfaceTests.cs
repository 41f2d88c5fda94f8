using System.Reflection;
using FlinkDotNet.Core.Abstractions.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB.Tests.Surface;

/// <summary>Holds the drop-in types to FLINK.NET's names, types and defaults.</summary>
public class FlinkNetSurfaceTests
{
    [Theory]
    [InlineData(typeof(RocksDBOptions), "DataDirectory", typeof(string), "rocksdb-data")]
    [InlineData(typeof(RocksDBOptions), "CreateIfMissing", typeof(bool), true)]
    [InlineData(typeof(RocksDBOptions), "MaxBackgroundJobs", typeof(int), 4)]
    [InlineData(typeof(RocksDBOptions), "WriteBufferSize", typeof(ByteSize), 64L << 20)]
    [InlineData(typeof(RocksDBOptions), "MaxWriteBufferNumber", typeof(int), 3)]
    [InlineData(typeof(RocksDBOptions), "EnableStatistics", typeof(bool), true)]
    [InlineData(typeof(RocksDBOptions), "BlockCacheSize", typeof(ByteSize), 256L << 20)]
    [InlineData(typeof(RocksDBOptions), "ColumnFamilies", typeof(string[]), new[] { "default", "user_state", "operator_state" })]
    [InlineData(typeof(RocksDBConfiguration), "DbPath", typeof(string), "")]
    [InlineData(typeof(RocksDBConfiguration), "ColumnFamilies", typeof(string[]), new string[0])]
    [InlineData(typeof(RocksDBConfiguration), "WriteBufferSize", typeof(ByteSize), 64L << 20)]
    [InlineData(typeof(RocksDBConfiguration), "MaxBackgroundJobs", typeof(int), 4)]
    [InlineData(typeof(RocksDBConfiguration), "BlockBasedTableOptions", typeof(BlockBasedTableOptions), null)]
    [InlineData(typeof(BlockBasedTableOptions), "BlockSize", typeof(ByteSize), 64L << 10)]
    [InlineData(typeof(BlockBasedTableOptions), "CacheSize", typeof(ByteSize), 256L << 20)]
    [InlineData(typeof(BlockBasedTableOptions), "BloomFilterBitsPerKey", typeof(int), 10)]
    [InlineData(typeof(RocksDBStatistics), "MemoryUsage", typeof(long), 0L)]
    [InlineData(typeof(RocksDBStatistics), "DiskUsage", typeof(long), 0L)]
    [InlineData(typeof(RocksDBStatistics), "AverageWriteLatencyMs", typeof(double), 0.0)]
    [InlineData(typeof(RocksDBStatistics), "AverageReadLatencyMs", typeof(double), 0.0)]
    [InlineData(typeof(RocksDBStatistics), "WritesPerSecond", typeof(long), 0L)]
    [InlineData(typeof(RocksDBStatistics), "ReadsPerSecond", typeof(long), 0L)]
    [InlineData(typeof(RocksDBStatistics), "CpuUsagePercent", typeof(double), 0.0)]
    [InlineData(typeof(RocksDBStatistics), "PendingCompactionBytes", typeof(long), 0L)]
    [InlineData(typeof(RocksDBStatistics), "BlockCacheUsageBytes", typeof(long), 0L)]
    public void Property_OfADropInType_HasItsTypeAndDefault(Type owner, string name, Type type, object? value)
    {
        var property = owner.GetProperty(name);
        Assert.NotNull(property);
        Assert.Equal(type, property.PropertyType);
        Assert.NotNull(property.SetMethod);
        var actual = property.GetValue(Activator.CreateInstance(owner));
        Assert.Equal(value, actual is ByteSize size ? size.Bytes : actual);
    }

    [Theory]
    [InlineData(typeof(IOptions<RocksDBOptions>))]
    [InlineData(typeof(RocksDBConfiguration))]
    public void Backend_Constructor_TakesItsOptionsAndALogger(Type options)
    {
        var constructor = typeof(RocksDBStateBackend).GetConstructor([options, typeof(ILogger<RocksDBStateBackend>)]);
        Assert.NotNull(constructor);
        Assert.Equal(["logger"], constructor.GetParameters().Skip(1).Select(parameter => parameter.Name));
    }

    [Theory]
    [InlineData("InitializeAsync", typeof(Task))]
    [InlineData("CreateCheckpointAsync", typeof(Task), typeof(long))]
    [InlineData("GetStatistics", typeof(RocksDBStatistics))]
    [InlineData("DisposeAsync", typeof(ValueTask))]
    [InlineData("Dispose", typeof(void))]
    public void Backend_Method_HasItsSignature(string name, Type result, params Type[] parameters)
    {
        var method = typeof(RocksDBStateBackend).GetMethod(name, parameters);
        Assert.NotNull(method);
        Assert.Equal(result, method.ReturnType);
    }

    [Fact]
    public void Backend_Class_CanBeDerivedFromAndDisposed()
    {
        Assert.False(typeof(RocksDBStateBackend).IsSealed);
        Assert.True(typeof(IStateBackend).IsAssignableFrom(typeof(RocksDBStateBackend)));
        Assert.True(typeof(IDisposable).IsAssignableFrom(typeof(RocksDBStateBackend)));
        var dispose = typeof(RocksDBStateBackend).GetMethod("Dispose", BindingFlags.Instance | BindingFlags.NonPublic, [typeof(bool)]);
        Assert.True(dispose is { IsFamily: true, IsVirtual: true });
        Assert.Equal(typeof(string), typeof(RocksDBStateBackend).GetProperty("DataDirectory")!.PropertyType);
        Assert.Equal(typeof(IStateSnapshotStore), typeof(RocksDBStateBackend).GetProperty("SnapshotStore")!.PropertyType);
    }
}
