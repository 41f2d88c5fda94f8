using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Checkpoints;

/// <summary>A test whose backends keep their checkpoints in a folder beside their state.</summary>
public abstract class CheckpointTest : BackendTest
{
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected string CheckpointDirectory => Folder.At("checkpoints");

    protected RocksDBOptions OptionsOf(string folder) => new() { DataDirectory = Folder.At(folder), CheckpointDirectory = CheckpointDirectory };

    /// <summary>Opens a backend over the folder <c>state</c>.</summary>
    protected RocksDBStateBackend OpenState(Action<RocksDBOptions>? change = null)
    {
        var options = OptionsOf("state");
        change?.Invoke(options);
        return Open(options);
    }

    protected Task<RocksDBStateBackend> RestoreAsync(string folder, CheckpointRestore? restore = null) =>
        RocksDBStateBackend.RestoreAsync(OptionsOf(folder), Logger, restore, cancellationToken: Stop);

    protected static void Put(RocksDBStateBackend backend, string key, string value)
    {
        ArgumentNullException.ThrowIfNull(backend);
        backend.ColumnFamily("default").Put(Bytes(key), Bytes(value));
    }

    protected static string? Get(RocksDBStateBackend backend, string key)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return backend.ColumnFamily("default").Get(Bytes(key)) is { } value ? Text(value) : null;
    }

    /// <summary>Writes so much that the library's threads read and store it for a while.</summary>
    protected static void PutMuch(RocksDBStateBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var value = new byte[1 << 20];
        var random = new Random(1);
        for (byte number = 0; number < 64; number++)
        {
            random.NextBytes(value);
            backend.ColumnFamily("default").Put([number], value);
        }
    }

    protected static IEnumerable<long> Ids(CheckpointStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.List().Select(checkpoint => checkpoint.CheckpointId);
    }

    /// <summary>Changes a byte in the middle of a file of the checkpoints, which are read-only.</summary>
    protected static void Damage(string path)
    {
        var content = File.ReadAllBytes(path);
        content[content.Length / 2] ^= 0x40;
        File.Delete(path);
        File.WriteAllBytes(path, content);
    }

    /// <summary>Does something at each report, on the thread that reports.</summary>
    internal sealed class AtEachReport(Action<CheckpointProgress> action) : IProgress<CheckpointProgress>
    {
        public void Report(CheckpointProgress value) => action(value);
    }
}
