using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FlinkDotNet.Core.Abstractions.Storage;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Keeps snapshots as files of one folder, outside the state that they back up. The name of a file is the SHA-256 of the four identifiers,
/// each with its length, so that no two mix; its content is a magic number, the SHA-256 of the snapshot, and the snapshot. Usable from any
/// thread. A process that is killed while it stores leaves a file that ends in <c>.tmp</c>, which nothing reads.
/// </summary>
internal sealed class FileSnapshotStore(string directory) : IStateSnapshotStore
{
    private const string Suffix = ".snapshot";
    private const int DigestBytes = SHA256.HashSizeInBytes;

    private static readonly byte[] Magic = "FSBSNAP1"u8.ToArray();

    /// <summary>Finds the folder of a backend's snapshots.</summary>
    /// <exception cref="ArgumentException">The folder is the folder of the state, or lies in it.</exception>
    public static string DirectoryFor(RocksDBOptions options)
    {
        if (string.IsNullOrEmpty(options.DataDirectory)) throw new ArgumentException("data_directory must name a folder.");
        var data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataDirectory));
        var snapshots = Path.GetFullPath(options.SnapshotDirectory ?? data + "-snapshots");
        var inside = (snapshots + Path.DirectorySeparatorChar).StartsWith(data + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return inside
            ? throw new ArgumentException($"{nameof(RocksDBOptions.SnapshotDirectory)} must lie outside the folder of the state {data}, but is {snapshots}.")
            : snapshots;
    }

    /// <inheritdoc/>
    public Task<SnapshotHandle> StoreSnapshot(string jobId, long checkpointId, string taskManagerId, string operatorId, byte[] snapshotData)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        ArgumentNullException.ThrowIfNull(taskManagerId);
        ArgumentNullException.ThrowIfNull(operatorId);
        ArgumentNullException.ThrowIfNull(snapshotData);
        return Task.Run(() => Store(Name(jobId, checkpointId, taskManagerId, operatorId), snapshotData));
    }

    /// <inheritdoc/>
    public Task<byte[]?> RetrieveSnapshot(SnapshotHandle handle)
    {
        if (handle is null) return Task.FromResult<byte[]?>(null);
        if (!IsName(handle.Value)) throw new ArgumentException($"'{handle.Value}' is not a handle of this store.", nameof(handle));
        return Task.Run(() => Retrieve(PathOf(handle.Value)));
    }

    private static string Name(string jobId, long checkpointId, string taskManagerId, string operatorId)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendFramed(digest, Encoding.UTF8.GetBytes(jobId));
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, checkpointId);
        AppendFramed(digest, number);
        AppendFramed(digest, Encoding.UTF8.GetBytes(taskManagerId));
        AppendFramed(digest, Encoding.UTF8.GetBytes(operatorId));
        return Convert.ToHexString(digest.GetHashAndReset());
    }

    private static void AppendFramed(IncrementalHash digest, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        digest.AppendData(length);
        digest.AppendData(part);
    }

    private static bool IsName(string? value) => value is { Length: 2 * DigestBytes } && value.All(char.IsAsciiHexDigitUpper);

    private static byte[]? Retrieve(string path)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        var head = Magic.Length + DigestBytes;
        var intact = content.Length >= head
            && content.AsSpan(0, Magic.Length).SequenceEqual(Magic)
            && content.AsSpan(Magic.Length, DigestBytes).SequenceEqual(SHA256.HashData(content.AsSpan(head)));
        if (intact) return content[head..];
        var failure = new Failure(StateBackendStatus.Corruption, $"The snapshot {path} is damaged: its content does not match its digest.");
        throw new StateBackendCorruptionException(failure);
    }

    private static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string PathOf(string name) => Path.Combine(directory, name + Suffix);

    private SnapshotHandle Store(string name, byte[] data)
    {
        CreateDirectory(directory);
        var temporary = Path.Combine(directory, $"{name}.{Guid.NewGuid():N}.tmp");
        try
        {
            WriteThrough(temporary, data);
            File.Move(temporary, PathOf(name), overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        DirectorySync.Sync(directory);
        return new SnapshotHandle(name);
    }

    private static void WriteThrough(string path, byte[] data)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        file.Write(Magic);
        file.Write(SHA256.HashData(data));
        file.Write(data);
        file.Flush(flushToDisk: true);
    }
}
