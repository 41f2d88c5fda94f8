using System.Text.Json;
using System.Text.Json.Serialization;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A checkpoint as the library lists it.</summary>
internal sealed record ListedCheckpoint(
    long Id, long? CreatedAtMillis, long? TotalBytes, long? NewBytes, long? Files, int[]? KeyGroups, string? Damage)
{
    /// <summary>Reads a list.</summary>
    public static CheckpointInfo[] Read(string json) =>
        JsonSerializer.Deserialize(json, CheckpointJson.Default.ListedCheckpointArray)!.Select(static listed => listed.ToInfo()).ToArray();

    /// <summary>The greatest id in a store; null when it has no checkpoint.</summary>
    public static long? Newest(CheckpointStoreHandle store) => Read(store.ListJson()).LastOrDefault()?.CheckpointId;

    private CheckpointInfo ToInfo() => new(
        Id,
        CreatedAtMillis is { } millis ? DateTimeOffset.FromUnixTimeMilliseconds(millis) : null,
        TotalBytes,
        NewBytes,
        Files,
        KeyGroups is [var first, var last] ? new KeyGroupRange(first, last) : null,
        Damage);
}

/// <summary>Reads what the library says of checkpoints without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ListedCheckpoint[]))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
