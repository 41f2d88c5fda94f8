using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>A folder of rows with even numbers, in order, and a copy of it, each open on its side.</summary>
internal sealed class Folders : IDisposable
{
    private const int BatchRows = 1000;

    private readonly DirectoryInfo _root = Directory.CreateDirectory(
        Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"fsb-comparison-{Environment.ProcessId}"));

    public Folders(int rows)
    {
        var (ours, theirs) = (Path.Combine(_root.FullName, "ours"), Path.Combine(_root.FullName, "theirs"));
        Load(ours, rows);
        Directory.CreateDirectory(theirs);
        foreach (var file in Directory.EnumerateFiles(ours)) File.Copy(file, Path.Combine(theirs, Path.GetFileName(file)));
        Ours = new OursSide(ours, wal: true);
        Theirs = new RocksDbSharpSide(theirs, wal: true);
        // Both block caches are filled.
        if (Ours.Scan() != Theirs.Scan()) throw new InvalidDataException("The sides read different rows.");
    }

    /// <summary>Gets our side.</summary>
    public IComparedSide Ours { get; }

    /// <summary>Gets RocksDbSharp's.</summary>
    public IComparedSide Theirs { get; }

    /// <summary>Writes the key of a row: its number, big-endian, scattered over the key space by a factor without a common divisor.</summary>
    public static void WriteKey(int number, Span<byte> key)
    {
        BinaryPrimitives.WriteUInt64BigEndian(key, (ulong)number * 0x9E3779B97F4A7C15);
        BinaryPrimitives.WriteUInt64BigEndian(key[sizeof(ulong)..], (ulong)number);
    }

    public void Dispose()
    {
        Ours.Dispose();
        Theirs.Dispose();
        _root.Delete(recursive: true);
    }

    private static void Load(string folder, int rows)
    {
        using var backend = new RocksDBStateBackend(new RocksDBOptions { DataDirectory = folder, EnableStatistics = false }, NullLogger.Instance);
        var family = backend.ColumnFamily(Workload.ReadFamily);
        var random = new Random(1);
        using var batch = new WriteBatch();
        Span<byte> key = stackalloc byte[Workload.KeyBytes];
        Span<byte> value = stackalloc byte[Workload.ValueBytes];
        for (var row = 0; row < rows; row++)
        {
            WriteKey(row * 2, key);
            random.NextBytes(value);
            batch.Put(family, key, value);
            if (row % BatchRows < BatchRows - 1) continue;
            backend.Write(batch);
            batch.Clear();
        }

        family.Flush();
        family.Compact();
    }
}
