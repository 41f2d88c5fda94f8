namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A checkpoint in a <see cref="CheckpointStore"/>. All but the id is null when its metadata is damaged.</summary>
/// <param name="CheckpointId">Its id.</param>
/// <param name="CreatedAt">When it was begun.</param>
/// <param name="TotalBytes">Bytes of all its files.</param>
/// <param name="NewBytes">Bytes that were stored for it, and not already for another checkpoint.</param>
/// <param name="FileCount">Number of its files.</param>
/// <param name="KeyGroups">The key groups of its keyed state; null when there is none.</param>
/// <param name="Damage">What is wrong with its metadata, or null. Only <see cref="CheckpointStore.VerifyAsync"/> reads its files.</param>
public sealed record CheckpointInfo(
    long CheckpointId, DateTimeOffset? CreatedAt, long? TotalBytes, long? NewBytes, long? FileCount, KeyGroupRange? KeyGroups, string? Damage);
