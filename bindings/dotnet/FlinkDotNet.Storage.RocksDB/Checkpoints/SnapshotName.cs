using System.Buffers.Binary;
using System.Security.Cryptography;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Names of snapshots: the SHA-256 of what identifies them, in upper-case hexadecimal.</summary>
internal static class SnapshotName
{
    /// <summary>The name of a snapshot that is plain bytes.</summary>
    public static string Of(string jobId, long checkpointId, string taskManagerId, string operatorId) =>
        Digest(jobId, checkpointId, taskManagerId, operatorId, states: false);

    /// <summary>The name of a snapshot of named states, beside plain bytes of the same identifiers.</summary>
    public static string OfStates(string jobId, long checkpointId, string subtaskId, string operatorId) =>
        Digest(jobId, checkpointId, subtaskId, operatorId, states: true);

    /// <summary>Refuses what cannot be a name.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string Check(string? handle) => handle is { Length: 2 * SHA256.HashSizeInBytes } && handle.All(char.IsAsciiHexDigitUpper)
        ? handle
        : throw new ArgumentException($"'{handle}' is not a handle of this store.", nameof(handle));

    private static string Digest(string jobId, long checkpointId, string taskManagerId, string operatorId, bool states)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendFramed(digest, Utf8.Encode(jobId));
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, checkpointId);
        AppendFramed(digest, number);
        AppendFramed(digest, Utf8.Encode(taskManagerId));
        AppendFramed(digest, Utf8.Encode(operatorId));
        if (states) AppendFramed(digest, "states"u8);
        return Convert.ToHexString(digest.GetHashAndReset());
    }

    private static void AppendFramed(IncrementalHash digest, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        digest.AppendData(length);
        digest.AppendData(part);
    }
}
