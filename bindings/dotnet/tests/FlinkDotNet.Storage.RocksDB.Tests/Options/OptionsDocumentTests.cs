using System.Text.Json;
using FlinkDotNet.Storage.RocksDB.Interop;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Options;

public class OptionsDocumentTests : BackendTest
{
    /// <summary>FLINK.NET's defaults, where they are not the library's.</summary>
    private static readonly string[] OtherDefaults = ["data_directory", "column_families", "enable_statistics", "event_log_queue_records", "event_log_queue_level"];

    [Fact]
    public void Open_OfNewOptions_HasTheLibrarysFieldsAndDefaults()
    {
        using var ours = JsonDocument.Parse(Text(OptionsDocument.Open(Options(), hasSharedResources: false)));
        using var library = JsonDocument.Parse(DefaultsOfLibrary());
        Assert.Equal(Names(library), Names(ours).Append("bottommost_compression").Order(StringComparer.Ordinal));
        Assert.All(
            ours.RootElement.EnumerateObject().Where(field => !OtherDefaults.Contains(field.Name)),
            field => Assert.True(Same(field.Value, library.RootElement.GetProperty(field.Name)), $"The defaults of {field.Name} differ."));
    }

    [Fact]
    public void ColumnFamily_OfNewOptions_IsEmpty() => Assert.Equal("{}", Text(OptionsDocument.ColumnFamily(new ColumnFamilyOptions())));

    [Fact]
    public void ColumnFamily_OfAllOptions_HasTheSameFieldsAsTheBackendsDocument()
    {
        using var family = JsonDocument.Parse(Text(OptionsDocument.ColumnFamily(OptionsOfEveryKind.ForAColumnFamily())));
        using var backend = JsonDocument.Parse(DefaultsOfLibrary());
        Assert.Equal(typeof(ColumnFamilyOptions).GetProperties().Length, Names(family).Count());
        Assert.Subset(Names(backend).ToHashSet(), Names(family).ToHashSet());
    }

    [Fact]
    public void Open_WithSharedResources_LeavesOutTheCacheAtItsDefault()
    {
        var options = Options();
        Assert.DoesNotContain("block_cache_size_bytes", Text(OptionsDocument.Open(options, hasSharedResources: true)), StringComparison.Ordinal);
        options.BlockCacheSize = 1 << 20;
        Assert.Contains(
            "\"block_cache_size_bytes\":1048576", Text(OptionsDocument.Open(options, hasSharedResources: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WithNullCollections_StandsForNone()
    {
        var options = Options();
        options.ColumnFamilies = null!;
        options.ColumnFamilyOptions = null!;
        using var backend = Open(options);
        Assert.Equal(["default"], backend.ListColumnFamilies());
    }

    [Fact]
    public void EveryOption_SetToAnotherValue_IsInForce()
    {
        var options = OptionsOfEveryKind.ForABackend(DataDirectory, Folder.At("logs"));
        using var backend = Open(options);
        using var asked = JsonDocument.Parse(Text(OptionsDocument.Open(options, hasSharedResources: false)));
        using var inForce = JsonDocument.Parse(backend.GetOptionsJson());
        Assert.All(
            asked.RootElement.EnumerateObject().Where(field => field.Name is not ("column_families" or "column_family_options")),
            field => Assert.True(
                Same(field.Value, inForce.RootElement.GetProperty(field.Name)),
                $"{field.Name} is {inForce.RootElement.GetProperty(field.Name)}, but {field.Value} was asked for."));
        Assert.True(Directory.EnumerateFiles(Folder.At("logs")).Any(), "The engine did not write its log into the folder given.");
    }

    [Fact]
    public void Overrides_OfAFamily_HoldForItAlone()
    {
        var options = Options();
        options.ColumnFamilyOptions["user_state"] = new ColumnFamilyOptions { WriteBufferSize = 1 << 20, DisableAutoCompactions = true };
        using var backend = Open(options);
        Assert.Contains("write_buffer_size=1048576", OptionsFile("user_state"), StringComparison.Ordinal);
        Assert.Contains("disable_auto_compactions=true", OptionsFile("user_state"), StringComparison.Ordinal);
        Assert.Contains("write_buffer_size=67108864", OptionsFile("operator_state"), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, Action<RocksDBOptions>> RefusedOptions() => new()
    {
        { "max_background_jobs", "1", options => options.MaxBackgroundJobs = 0 },
        { "max_background_jobs", "1", options => options.MaxBackgroundJobs = -4 },
        { "max_subcompactions", "1024", options => options.MaxSubcompactions = 1025 },
        { "max_open_files", "16", options => options.MaxOpenFiles = 3 },
        { "write_buffer_size_bytes", "65536", options => options.WriteBufferSize = 1 },
        { "max_write_buffer_number", "64", options => options.MaxWriteBufferNumber = 1 },
        { "block_size_bytes", "4194304", options => options.BlockSize = 8 << 20 },
        { "bloom_filter_bits_per_key", "64", options => options.BloomFilterBitsPerKey = 0.5 },
        { "compression", "zstd", options => options.Compression = (CompressionType)99 },
        { "wal", "sync", options => options.Wal = (WalMode)7 },
        { "DataDirectory", "folder", options => options.DataDirectory = string.Empty },
        { "column family name", "255", options => options.ColumnFamilies = [new string('x', 300)] },
        { "user_state", "65536", options => options.ColumnFamilyOptions["user_state"] = new ColumnFamilyOptions { WriteBufferSize = 1 } },
        { "CloseTimeout", "zero or more", options => options.CloseTimeout = TimeSpan.FromSeconds(-3) },
        { "CheckpointsRetained", "from 1 to 10000", options => options.CheckpointsRetained = 0 },
        { "CheckpointsRetained", "from 1 to 10000", options => options.CheckpointsRetained = 10_001 },
        { "CheckpointTransferThreads", "from 1 to 64", options => options.CheckpointTransferThreads = 65 },
        { "MaxConcurrentCheckpoints", "from 1 to 16", options => options.MaxConcurrentCheckpoints = -1 },
        { "CheckpointTimeout", "zero, for no bound, or more", options => options.CheckpointTimeout = TimeSpan.FromMinutes(-1) },
        { "CheckpointDirectory", "a folder", options => options.CheckpointDirectory = string.Empty },
        { "CheckpointDirectory", "of its own", options => options.CheckpointDirectory = options.DataDirectory + "/" },
        { "CheckpointDirectory", "of its own", options => options.CheckpointDirectory = options.DataDirectory + "-snapshots" },
        { "RestoreFrom:CheckpointId", "zero or more", options => options.RestoreFrom = new CheckpointRestore { CheckpointId = -1 } },
        { "RestoreFrom:ClaimMode", "Legacy", options => options.RestoreFrom = new CheckpointRestore { ClaimMode = (ClaimMode)9 } },
        { "RestoreFrom:Directory", "a folder", options => options.RestoreFrom = new CheckpointRestore { Directory = string.Empty } },
        { "SnapshotDirectory", "outside", options => options.SnapshotDirectory = Path.Combine(options.DataDirectory, "snapshots") },
    };

    [Theory]
    [MemberData(nameof(RefusedOptions), DisableDiscoveryEnumeration = true)]
    public void Option_OutOfItsRange_IsRefusedByNameAndRange(string name, string range, Action<RocksDBOptions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var options = Options();
        change(options);
        var failure = OpenFailure<ArgumentException>(options);
        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
        Assert.Contains(range, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"data_directory":"d","max_backgroud_jobs":4}""", "max_backgroud_jobs")]
    [InlineData("""{"data_directory":"d","wal":"sometimes"}""", "sometimes")]
    [InlineData("""{"data_directory":"d","max_background_jobs":"many"}""", "max_background_jobs")]
    [InlineData("""{"data_directory":"d",""", "")]
    [InlineData("", "")]
    public void Document_ThatIsWrong_IsRefusedByName(string document, string name)
    {
        var failure = Assert.Throws<ArgumentException>(() => BackendHandle.Open(Bytes(document), null));
        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_ThatIsNotUtf8_IsRefused() => Assert.Throws<ArgumentException>(() => BackendHandle.Open([0x7b, 0xff, 0xfe, 0x7d], null));

    private static unsafe string DefaultsOfLibrary()
    {
        nint json = 0, error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_options_default_json(&json, &error), error);
        return OwnedBuffer.TakeText(json);
    }

    private static IEnumerable<string> Names(JsonDocument document) =>
        document.RootElement.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal);

    private static bool Same(JsonElement left, JsonElement right) => left.ValueKind == JsonValueKind.Number
        ? right.ValueKind == JsonValueKind.Number && left.GetDouble().Equals(right.GetDouble())
        : JsonSerializer.Serialize(left) == JsonSerializer.Serialize(right);

    /// <summary>The part of the engine's own options file that is about one family.</summary>
    private string OptionsFile(string family)
    {
        var newest = Directory.EnumerateFiles(DataDirectory, "OPTIONS-*").Max(StringComparer.Ordinal)!;
        var text = File.ReadAllText(newest);
        var start = text.IndexOf($"[CFOptions \"{family}\"]", StringComparison.Ordinal);
        return text[start..text.IndexOf("[TableOptions", start, StringComparison.Ordinal)];
    }
}
