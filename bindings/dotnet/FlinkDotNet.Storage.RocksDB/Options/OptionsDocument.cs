using System.Buffers;
using System.Text.Json;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Writes options as the JSON document that the library reads. The only place that knows how an option is spelt there.</summary>
internal static class OptionsDocument
{
    /// <summary>The document that opens a backend.</summary>
    public static ReadOnlySpan<byte> Open(RocksDBOptions options, bool hasSharedResources, bool hasLogger = true) => Write(json =>
    {
        Open(json, options, hasSharedResources);
        EventLog(json, options, hasLogger);
    });

    /// <summary>The document that creates or changes a column family.</summary>
    public static ReadOnlySpan<byte> ColumnFamily(ColumnFamilyOptions options) => Write(json => ColumnFamilyFields(json, options));

    /// <summary>The document that changes a running backend.</summary>
    public static ReadOnlySpan<byte> Runtime(RuntimeOptions options) => Write(json =>
    {
        Number(json, "max_background_jobs", options.MaxBackgroundJobs);
        Number(json, "max_subcompactions", options.MaxSubcompactions);
        Number(json, "max_open_files", options.MaxOpenFiles);
        Size(json, "delayed_write_rate_bytes_per_second", options.DelayedWriteRateBytesPerSecond);
        Size(json, "bytes_per_sync", options.BytesPerSync);
    });

    /// <summary>The document that creates shared resources.</summary>
    public static ReadOnlySpan<byte> Resources(ByteSize blockCacheSize, ByteSize writeBufferManagerSize, ByteSize rateLimiterBytesPerSecond) =>
        Write(json =>
        {
            Size(json, "block_cache_size_bytes", blockCacheSize);
            Size(json, "write_buffer_manager_size_bytes", writeBufferManagerSize);
            Size(json, "rate_limiter_bytes_per_second", rateLimiterBytesPerSecond);
        });

    /// <summary>The document that creates a credit pool.</summary>
    public static ReadOnlySpan<byte> CreditPool(CreditPoolOptions options) => Write(json =>
    {
        json.WriteNumber("capacity", options.Capacity);
        json.WriteNumber("largest_request", options.LargestRequest);
    });

    /// <summary>The document that opens a checkpoint store to look at.</summary>
    public static ReadOnlySpan<byte> CheckpointStore(string directory, IReadOnlyDictionary<string, string>? settings = null) => Write(json =>
    {
        json.WriteString("directory", directory);
        ObjectStore(json, settings);
    });

    /// <summary>The document that opens a checkpoint store to write to.</summary>
    public static ReadOnlySpan<byte> CheckpointStore(string directory, RocksDBOptions options) => Write(json =>
    {
        json.WriteString("directory", directory);
        Number(json, "num_retained", options.CheckpointsRetained);
        Number(json, "transfer_threads", options.CheckpointTransferThreads);
        Number(json, "max_concurrent", options.MaxConcurrentCheckpoints);
        if (CheckpointRuns.IsUrl(directory)) ObjectStore(json, options.ObjectStoreSettings);
    });

    /// <summary>The document that says what is restored; no id stands for the newest checkpoint.</summary>
    public static ReadOnlySpan<byte> Restore(long? checkpointId, ClaimMode mode, bool orEmpty) => Write(json =>
    {
        Number(json, "checkpoint", checkpointId);
        Text<ClaimMode>(json, "mode", mode);
        json.WriteBoolean("or_empty", orEmpty);
    });

    /// <summary>The document that says what part of which checkpoints is taken; no ids stand for the newest ones.</summary>
    public static ReadOnlySpan<byte> Rescale(CheckpointRescale rescale, IEnumerable<long> checkpointIds) => Write(json =>
    {
        Number(json, "parallelism", rescale.Parallelism);
        Number(json, "subtask", rescale.Subtask);
        json.WriteStartArray("checkpoints");
        foreach (var id in checkpointIds) json.WriteNumberValue(id);
        json.WriteEndArray();
        Text<ClaimMode>(json, "mode", rescale.ClaimMode);
    });

    /// <summary>The document that says what a savepoint takes along.</summary>
    public static ReadOnlySpan<byte> SavepointExport(SavepointExportOptions options) => Write(json =>
    {
        Names(json, "states", options.States);
        Flag(json, "timers", options.IncludeTimers);
        Flag(json, "operator_states", options.IncludeOperatorStates);
        Flag(json, "column_families", options.IncludeColumnFamilies);
    });

    /// <summary>The document that says how a savepoint is imported.</summary>
    public static ReadOnlySpan<byte> SavepointImport(SavepointImportOptions options) => Write(json =>
    {
        json.WriteString("name", options.Name ?? string.Empty);
        Names(json, "states", options.States);
        Flag(json, "timers", options.IncludeTimers);
        Flag(json, "operator_states", options.IncludeOperatorStates);
        Flag(json, "column_families", options.IncludeColumnFamilies);
        Number(json, "first_key_group", options.KeyGroups?.First);
        Number(json, "last_key_group", options.KeyGroups?.Last);
        Number(json, "parallelism", options.Parallelism);
        json.WriteNumber("subtask", options.Subtask);
        json.WriteNumber("position", options.Position);
        Number(json, "max_parallelism", options.MaxParallelism);
        json.WriteBoolean("rehash", options.Rehash);
    });

    /// <summary>Writes one document.</summary>
    public static ReadOnlySpan<byte> Write(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    private static void ObjectStore(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>>? settings)
    {
        if (settings is null) return;
        json.WriteStartObject("object_store");
        foreach (var (name, value) in settings) json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void Open(Utf8JsonWriter json, RocksDBOptions options, bool hasSharedResources)
    {
        json.WriteString("data_directory", options.DataDirectory);
        json.WriteBoolean("create_if_missing", options.CreateIfMissing);
        ColumnFamilies(json, options);
        Text<WalMode>(json, "wal", options.Wal);
        Text<WalRecoveryMode>(json, "wal_recovery", options.WalRecovery);
        Text<IntegrityLevel>(json, "integrity", options.Integrity);
        json.WriteBoolean("enable_statistics", options.EnableStatistics);
        Number(json, "max_background_jobs", options.MaxBackgroundJobs);
        Number(json, "max_subcompactions", options.MaxSubcompactions);
        Number(json, "max_open_files", options.MaxOpenFiles);
        Size(json, "delayed_write_rate_bytes_per_second", options.DelayedWriteRateBytesPerSecond);
        Size(json, "bytes_per_sync", options.BytesPerSync);
        if (!hasSharedResources || options.BlockCacheSize != RocksDBOptions.DefaultBlockCacheSize)
        {
            Size(json, "block_cache_size_bytes", options.BlockCacheSize);
        }

        Size(json, "write_buffer_manager_size_bytes", options.WriteBufferManagerSize);
        Size(json, "rate_limiter_bytes_per_second", options.RateLimiterBytesPerSecond);
        json.WriteString("log_directory", options.LogDirectory);
        Text<EngineLogLevel>(json, "log_level", options.LogLevel);
        Size(json, "log_file_max_size_bytes", options.LogFileMaxSize);
        Number(json, "log_file_count", options.LogFileCount);
        Size(json, "pressure_memory_reference_bytes", options.PressureMemoryReference);
        json.WriteNumber("pressure_write_latency_reference_millis", options.PressureWriteLatencyReference.TotalMilliseconds);
        Size(json, "pressure_pending_compaction_reference_bytes", options.PressurePendingCompactionReference);
        json.WriteNumber("pressure_queue_wait_target_millis", options.PressureQueueWaitTarget.TotalMilliseconds);
        ColumnFamilyFields(json, Defaults(options));
    }

    private static void EventLog(Utf8JsonWriter json, RocksDBOptions options, bool hasLogger)
    {
        json.WriteString("event_log_directory", options.EventLogDirectory);
        Text<EventLogLevel>(json, "event_log_level", options.EventLogLevel);
        Text<EventLogRotation>(json, "event_log_rotation", options.EventLogRotation);
        Number(json, "event_log_file_count", options.EventLogFileCount);
        Number(json, "event_log_queue_records", hasLogger ? options.EventLogQueueRecords : 0);
        Text<EventLogLevel>(json, "event_log_queue_level", options.EventLogQueueLevel);
    }

    private static void ColumnFamilies(Utf8JsonWriter json, RocksDBOptions options)
    {
        json.WriteStartArray("column_families");
        foreach (var name in options.ColumnFamilies ?? []) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteStartObject("column_family_options");
        foreach (var (name, family) in options.ColumnFamilyOptions ?? new Dictionary<string, ColumnFamilyOptions>(StringComparer.Ordinal))
        {
            json.WriteStartObject(name);
            ColumnFamilyFields(json, family);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void ColumnFamilyFields(Utf8JsonWriter json, ColumnFamilyOptions options)
    {
        Size(json, "write_buffer_size_bytes", options.WriteBufferSize);
        Number(json, "max_write_buffer_number", options.MaxWriteBufferNumber);
        Number(json, "min_write_buffer_number_to_merge", options.MinWriteBufferNumberToMerge);
        Size(json, "block_size_bytes", options.BlockSize);
        if (options.BloomFilterBitsPerKey is { } bits) json.WriteNumber("bloom_filter_bits_per_key", bits);
        Flag(json, "cache_index_and_filter_blocks", options.CacheIndexAndFilterBlocks);
        Text(json, "compression", options.Compression);
        CompressionPerLevel(json, options.CompressionPerLevel);
        Text(json, "bottommost_compression", options.BottommostCompression);
        Size(json, "target_file_size_base_bytes", options.TargetFileSizeBase);
        Size(json, "max_bytes_for_level_base_bytes", options.MaxBytesForLevelBase);
        Number(json, "level0_file_num_compaction_trigger", options.Level0FileNumCompactionTrigger);
        Number(json, "level0_slowdown_writes_trigger", options.Level0SlowdownWritesTrigger);
        Number(json, "level0_stop_writes_trigger", options.Level0StopWritesTrigger);
        Size(json, "soft_pending_compaction_bytes_limit", options.SoftPendingCompactionBytesLimit);
        Size(json, "hard_pending_compaction_bytes_limit", options.HardPendingCompactionBytesLimit);
        Flag(json, "level_compaction_dynamic_level_bytes", options.LevelCompactionDynamicLevelBytes);
        Flag(json, "disable_auto_compactions", options.DisableAutoCompactions);
        Number(json, "periodic_compaction_seconds", options.PeriodicCompactionSeconds);
    }

    private static void CompressionPerLevel(Utf8JsonWriter json, CompressionType[]? levels)
    {
        if (levels is null) return;
        json.WriteStartArray("compression_per_level");
        foreach (var level in levels) json.WriteStringValue(Spelling(level));
        json.WriteEndArray();
    }

    private static ColumnFamilyOptions Defaults(RocksDBOptions options) => new()
    {
        WriteBufferSize = options.WriteBufferSize,
        MaxWriteBufferNumber = options.MaxWriteBufferNumber,
        MinWriteBufferNumberToMerge = options.MinWriteBufferNumberToMerge,
        BlockSize = options.BlockSize,
        BloomFilterBitsPerKey = options.BloomFilterBitsPerKey,
        CacheIndexAndFilterBlocks = options.CacheIndexAndFilterBlocks,
        Compression = options.Compression,
        CompressionPerLevel = options.CompressionPerLevel,
        BottommostCompression = options.BottommostCompression,
        TargetFileSizeBase = options.TargetFileSizeBase,
        MaxBytesForLevelBase = options.MaxBytesForLevelBase,
        Level0FileNumCompactionTrigger = options.Level0FileNumCompactionTrigger,
        Level0SlowdownWritesTrigger = options.Level0SlowdownWritesTrigger,
        Level0StopWritesTrigger = options.Level0StopWritesTrigger,
        SoftPendingCompactionBytesLimit = options.SoftPendingCompactionBytesLimit,
        HardPendingCompactionBytesLimit = options.HardPendingCompactionBytesLimit,
        LevelCompactionDynamicLevelBytes = options.LevelCompactionDynamicLevelBytes,
        DisableAutoCompactions = options.DisableAutoCompactions,
        PeriodicCompactionSeconds = options.PeriodicCompactionSeconds,
    };

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    private static void Size(Utf8JsonWriter json, string name, ByteSize? value) => Number(json, name, value?.Bytes);

    private static void Flag(Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } flag) json.WriteBoolean(name, flag);
    }

    private static void Names(Utf8JsonWriter json, string name, IReadOnlyList<string>? values)
    {
        if (values is null) return;
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>Writes a choice by its name in the document.</summary>
    public static void Text<T>(Utf8JsonWriter json, string name, T? value)
        where T : struct, Enum
    {
        if (value is { } text) json.WriteString(name, Spelling(text));
    }

    /// <summary>
    /// The enumerator's name in snake case, such as point_in_time; a number without a name stays a number, which the library refuses.
    /// </summary>
    private static string Spelling<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
