using System.Reflection;
using System.Text.Json;
using FlinkDotNet.Storage.RocksDB.Tests.Options;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB.Tests.Hosting;

/// <summary>Options from a configuration, bound by generated code.</summary>
public sealed class ConfigurationTests : BackendTest
{
    private readonly ServiceCollection _services = new();

    [Fact]
    public void Options_OfEveryKind_AreReadByTheirNames()
    {
        var expected = OptionsOfEveryKind.ForABackend("data", "logs");
        expected.CreateIfMissing = false;
        expected.ColumnFamilies = ["default", "own"];
        expected.ColumnFamilyOptions["own"] = OptionsOfEveryKind.ForAColumnFamily();
        expected.SnapshotDirectory = "snapshots";
        expected.CloseTimeout = TimeSpan.FromSeconds(3);
        expected.EventLogPeriod = TimeSpan.FromMilliseconds(250);
        expected.CheckpointDirectory = "checkpoints";
        expected.ObjectStoreSettings["region"] = "eu-central-1";
        expected.CheckpointsRetained = 5;
        expected.CheckpointTimeout = TimeSpan.FromMinutes(1);
        expected.CheckpointTransferThreads = 2;
        expected.MaxConcurrentCheckpoints = 3;
        expected.ConfirmCheckpointsAutomatically = false;
        expected.RestoreFrom = new CheckpointRestore { Directory = "from", OrEmpty = true, ClaimMode = ClaimMode.Legacy };
        var text = JsonSerializer.Serialize(expected, Indented);
        Assert.All(Properties(typeof(RocksDBOptions)), property => AssertOtherThanDefault(property, expected, new RocksDBOptions()));
        using var stream = new MemoryStream(Bytes($"{{\"Flink\":{{\"State\":{text}}}}}"));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Flattened(stream)).Build();
        _services.AddRocksDBStateBackend(configuration.GetSection("Flink:State"));
        using var provider = _services.BuildServiceProvider();
        Assert.Equal(text, JsonSerializer.Serialize(Unvalidated(provider), Indented));
    }

    [Fact]
    public void Sizes_AllOfThem_AreKnownToTheBinding()
    {
        foreach (var (kind, name) in new[] { (typeof(RocksDBOptions), "Sizes"), (typeof(ColumnFamilyOptions), "FamilySizes") })
        {
            var table = (Array)typeof(OptionsBinding).GetField(name, BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
            var sizes = Properties(kind).Where(property => property.PropertyType == typeof(ByteSize) || property.PropertyType == typeof(ByteSize?));
            Assert.Equal(sizes.Count(), table.Length);
        }
    }

    [Theory]
    [InlineData("MaxBackgroundJobs", "0", "Flink:State:MaxBackgroundJobs: option 'max_background_jobs' is 0; allowed are integers from 1 to 1024")]
    [InlineData("BlockSize", "1", "Flink:State:BlockSize: option 'block_size_bytes' is 1")]
    [InlineData("PressureQueueWaitTarget", "05:00:00", "Flink:State:PressureQueueWaitTarget: option 'pressure_queue_wait_target_millis'")]
    [InlineData("ColumnFamilyOptions:own:BlockSize", "1", "Flink:State:ColumnFamilyOptions:own:BlockSize: column family 'own': option 'block_size_bytes' is 1")]
    [InlineData("CheckpointsRetained", "0", "Flink:State:CheckpointsRetained must be from 1 to 10000, but is 0.")]
    [InlineData("RestoreFrom:CheckpointId", "-3", "Flink:State:RestoreFrom:CheckpointId must be zero or more, but is -3.")]
    [InlineData("DataDirectory", "", "Flink:State:DataDirectory must name a folder.")]
    public void Values_OutOfRange_AreRefusedByTheirPathWhenTheHostStarts(string option, string value, string message)
    {
        using var provider = Provider(option, value);
        var failure = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate);
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WriteBufferSize", "64 parsecs", "'64 parsecs' at 'Flink:State:WriteBufferSize' is not a size")]
    [InlineData("ColumnFamilyOptions:own:BlockSize", "-1", "'-1' at 'Flink:State:ColumnFamilyOptions:own:BlockSize' is not a size")]
    [InlineData("MaxBackgroundJobs", "many", "Flink:State:MaxBackgroundJobs")]
    [InlineData("Wal", "on", "Flink:State:Wal")]
    [InlineData("MaxBackgroundJob", "4", "MaxBackgroundJob")]
    [InlineData("RestoreFrom:Dir", "x", "Dir")]
    public void Values_OfAnotherType_AndUnknownOptions_AreRefusedByName(string option, string value, string part)
    {
        using var provider = Provider(option, value);
        var failure = Assert.Throws<InvalidOperationException>(provider.GetRequiredService<IStartupValidator>().Validate);
        Assert.Contains(part, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpointing_IsConfiguredToo()
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["State:Interval"] = "00:00:05",
            ["State:OnShutdown"] = "true",
            ["Bad:ShutdownTimeout"] = "00:01:00",
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        _services.AddRocksDBCheckpointing(configuration.GetSection("State"), options => options.LongestBackoff = TimeSpan.FromHours(1));
        _services.AddKeyedRocksDBCheckpointing("bad", configuration.GetSection("Bad"));
        using var provider = _services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<RocksDBCheckpointingOptions>>().Value;
        Assert.Equal((5, true, 3600), (options.Interval.TotalSeconds, options.OnShutdown, options.LongestBackoff.TotalSeconds));
        var failure = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate);
        Assert.Equal("Bad:ShutdownTimeout must be from 1 second to less than 10, but is 00:01:00.", failure.Message);
    }

    [Fact]
    public void Backend_UnderAKey_OpensWithTheSectionOfItsOwn()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["left:DataDirectory"] = Folder.At("left"),
            ["left:WriteBufferSize"] = "8MB",
            ["left:ColumnFamilies:0"] = "own",
        }).Build();
        _services.AddKeyedRocksDBStateBackend("left", configuration.GetSection("left"), options => options.MaxBackgroundJobs = 2);
        using var provider = _services.BuildServiceProvider();
        var backend = provider.GetRequiredKeyedService<RocksDBStateBackend>("left");
        Assert.Equal("8388608", InForce(backend, "write_buffer_size_bytes"));
        Assert.Equal("2", InForce(backend, "max_background_jobs"));
        Assert.Equal(["default", "own"], backend.ListColumnFamilies().Order());
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() } };

    private static PropertyInfo[] Properties(Type kind) => kind.GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private static void AssertOtherThanDefault(PropertyInfo property, object options, object defaults) => Assert.NotEqual(
        JsonSerializer.Serialize(property.GetValue(defaults)), JsonSerializer.Serialize(property.GetValue(options)));

    /// <summary>What a provider of JSON files makes of a document.</summary>
    private static Dictionary<string, string?> Flattened(Stream json)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        using var document = JsonDocument.Parse(json);
        Flatten(document.RootElement, string.Empty, settings);
        return settings;
    }

    private static void Flatten(JsonElement element, string path, Dictionary<string, string?> settings)
    {
        string At(string name) => path.Length == 0 ? name : $"{path}:{name}";
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject()) Flatten(member.Value, At(member.Name), settings);
                break;
            case JsonValueKind.Array:
                foreach (var (item, index) in element.EnumerateArray().Select((item, index) => (item, index))) Flatten(item, At($"{index}"), settings);
                break;
            case JsonValueKind.Null:
                break;
            default:
                settings[path] = element.ToString();
                break;
        }
    }

    private static RocksDBOptions Unvalidated(IServiceProvider provider)
    {
        var options = new RocksDBOptions();
        foreach (var configure in provider.GetServices<IConfigureOptions<RocksDBOptions>>()) configure.Configure(options);
        return options;
    }

    private ServiceProvider Provider(string option, string value)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Flink:State:DataDirectory"] = DataDirectory, [$"Flink:State:{option}"] = value };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        _services.AddRocksDBStateBackend(configuration.GetSection("Flink:State"));
        return _services.BuildServiceProvider();
    }
}
