using System.Text.Json;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Writes keyed backends and states as the JSON documents that the library reads.</summary>
internal static class StateDocument
{
    /// <summary>The document that opens a keyed backend.</summary>
    public static ReadOnlySpan<byte> Keyed(KeyedStateBackendOptions options, string keyType) => OptionsDocument.Write(json =>
    {
        json.WriteNumber("max_parallelism", options.MaxParallelism);
        json.WriteNumber("first_key_group", options.KeyGroupRange?.First ?? 0);
        json.WriteNumber("last_key_group", options.KeyGroupRange?.Last ?? options.MaxParallelism - 1);
        json.WriteString("key_type", keyType);
        json.WriteString("column_family", options.ColumnFamily);
        json.WriteString("timer_column_family", options.TimerColumnFamily);
        json.WriteNumber("row_cache_bytes", options.RowCacheSize.Bytes);
        OptionsDocument.Text<StateClock>(json, "clock", options.Clock);
    });

    /// <summary>The document that opens a state.</summary>
    public static ReadOnlySpan<byte> State(in StateDeclaration state, StateOptions? options)
    {
        var declared = state;
        return OptionsDocument.Write(json =>
        {
            json.WriteString("name", declared.Name);
            json.WriteString("kind", declared.Kind);
            json.WriteString("value_type", declared.ValueType);
            if (declared.MapKeyType is { } mapKeyType) json.WriteString("map_key_type", mapKeyType);
            if (declared.Aggregate is { } aggregate) json.WriteString("aggregate", aggregate);
            if (options is not null) Options(json, options);
        });
    }

    private static void Options(Utf8JsonWriter json, StateOptions options)
    {
        if (options.NamespaceType.Length > 0) json.WriteString("namespace_type", options.NamespaceType);
        if (options.ColumnFamily is { } family) json.WriteString("column_family", family);
        if (options.TimeToLive is not { } ttl) return;
        json.WriteStartObject("ttl");
        json.WriteNumber("millis", (long)ttl.TimeToLive.TotalMilliseconds);
        OptionsDocument.Text<StateTtlUpdateType>(json, "update", ttl.UpdateType);
        OptionsDocument.Text<StateTtlVisibility>(json, "visibility", ttl.Visibility);
        OptionsDocument.Text<StateTtlTime>(json, "time", ttl.Time);
        json.WriteEndObject();
    }
}
