using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Savepoints;

/// <summary>A test of savepoints of a small job: counts of 200 keys, an operator list, and as many bytes that do not compress as it asks for.</summary>
public abstract class SavepointTest : BackendTest
{
    protected const int Keys = 200;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected static void AssertFilled(RocksDBStateBackend backend, int keys)
    {
        ArgumentNullException.ThrowIfNull(backend);
        using var keyed = backend.CreateKeyedStateBackend<string>();
        var count = keyed.GetValueState(StateDescriptors.Value<long>("count"));
        for (var number = 0; number < Keys; number++)
        {
            keyed.SetCurrentKey($"key {number}");
            Assert.Equal(number < keys ? number : 0, count.Value());
        }
    }

    protected RocksDBStateBackend OpenEmpty(string folder) => Open(new RocksDBOptions { DataDirectory = Folder.At(folder + "/data") });

    protected RocksDBStateBackend OpenFilled(string folder, int ballastBytes = 0)
    {
        var backend = OpenEmpty(folder);
        if (ballastBytes > 0) backend.ColumnFamily("default").Put("ballast"u8, Ballast(ballastBytes));
        var offsets = backend.GetOperatorListState(StateDescriptors.List<string>("offsets"));
        offsets.Add("41");
        offsets.Add("42");
        using var keyed = backend.CreateKeyedStateBackend<string>();
        var count = keyed.GetValueState(StateDescriptors.Value<long>("count"));
        for (var number = 0; number < Keys; number++)
        {
            keyed.SetCurrentKey($"key {number}");
            count.Update(number);
        }

        return backend;
    }

    protected async Task<MemoryStream> ExportFilledAsync(int ballastBytes = 0)
    {
        var savepoint = new MemoryStream();
        using var backend = OpenFilled("exported", ballastBytes);
        await backend.ExportSavepointAsync(savepoint, cancellationToken: Stop).ConfigureAwait(false);
        return savepoint;
    }

    /// <summary>The same bytes each time.</summary>
    protected static byte[] Ballast(int bytes)
    {
        var ballast = new byte[bytes];
        new Random(42).NextBytes(ballast);
        return ballast;
    }

    protected sealed class AtEachReport(Action<SavepointProgress> action) : IProgress<SavepointProgress>
    {
        public void Report(SavepointProgress value) => action(value);
    }
}
