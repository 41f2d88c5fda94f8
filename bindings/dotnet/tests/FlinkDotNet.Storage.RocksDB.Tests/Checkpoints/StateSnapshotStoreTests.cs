using FlinkDotNet.Core.Abstractions.Storage;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Checkpoints;

public sealed class StateSnapshotStoreTests : BackendTest
{
    private string Snapshots => Path.Combine(DataDirectory + "-snapshots", "snapshots");

    [Fact]
    public async Task Snapshot_StoredByOneBackend_IsReadByTheNext()
    {
        var data = Bytes("state of the operator");
        SnapshotHandle handle;
        using (var backend = Open()) handle = await backend.SnapshotStore.StoreSnapshot("job", 7, "tm", "operator", data);
        using var again = Open();
        Assert.Equal(data, await again.SnapshotStore.RetrieveSnapshot(handle));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Snapshots));
        Assert.Single(Directory.EnumerateFiles(Snapshots));
    }

    [Fact]
    public async Task Snapshots_WhoseIdentifiersRunTogether_StayApart()
    {
        using var backend = Open();
        var store = backend.SnapshotStore;
        var first = await store.StoreSnapshot("a_1", 1, "b", "c", [1]);
        var second = await store.StoreSnapshot("a", 1, "1_b", "c", [2]);
        var third = await store.StoreSnapshot("a_1", 1, "bc", string.Empty, [3]);
        Assert.Equal(new byte[] { 1 }, await store.RetrieveSnapshot(first));
        Assert.Equal(new byte[] { 2 }, await store.RetrieveSnapshot(second));
        Assert.Equal(new byte[] { 3 }, await store.RetrieveSnapshot(third));
    }

    [Fact]
    public async Task Snapshot_StoredAgain_IsReplaced()
    {
        using var backend = Open();
        var first = await backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", [1]);
        var second = await backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", []);
        Assert.Equal(first, second);
        Assert.Equal(Array.Empty<byte>(), await backend.SnapshotStore.RetrieveSnapshot(first));
    }

    [Fact]
    public async Task Retrieve_OfAnUnknownSnapshot_GivesNothing()
    {
        using var backend = Open();
        Assert.Null(await backend.SnapshotStore.RetrieveSnapshot(new SnapshotHandle(new string('A', 64))));
        Assert.Null(await backend.SnapshotStore.RetrieveSnapshot(null!));
        var handle = await backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", [1]);
        Directory.Delete(Snapshots, recursive: true);
        Assert.Null(await backend.SnapshotStore.RetrieveSnapshot(handle));
    }

    [Theory]
    [InlineData("../state/CURRENT")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("abc")]
    public async Task Retrieve_OfAForeignHandle_IsRefused(string? value)
    {
        using var backend = Open();
        await Assert.ThrowsAsync<ArgumentException>(() => backend.SnapshotStore.RetrieveSnapshot(new SnapshotHandle(value!)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(45)]
    public async Task Retrieve_OfADamagedSnapshot_IsRefusedByName(int offset)
    {
        using var backend = Open();
        var handle = await backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", Bytes("state of the operator"));
        var file = Directory.EnumerateFiles(Snapshots).Single();
        var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        content[offset] ^= 1;
        await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);
        var failure = await Assert.ThrowsAsync<StateBackendCorruptionException>(() => backend.SnapshotStore.RetrieveSnapshot(handle));
        Assert.Contains($"'snapshots/{handle.Value}.snapshot'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(DataDirectory + "-snapshots", failure.Message, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(file, content[..10], TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<StateBackendCorruptionException>(() => backend.SnapshotStore.RetrieveSnapshot(handle));
    }

    [Fact]
    public async Task Store_FromManyThreads_KeepsEverySnapshot()
    {
        using var backend = Open();
        var store = backend.SnapshotStore;
        var handles = await Task.WhenAll(
            Enumerable.Range(0, 32).Select(number => store.StoreSnapshot("job", number % 16, "tm", "operator", [(byte)(number % 16)])));
        Assert.Equal(16, handles.Distinct().Count());
        Assert.Equal(16, Directory.EnumerateFiles(Snapshots).Count());
        for (var number = 0; number < 32; number++) Assert.Equal(new[] { (byte)(number % 16) }, await store.RetrieveSnapshot(handles[number]));
    }

    [Fact]
    public async Task Store_IntoAFolderThatIsAFile_FailsAndLeavesNothing()
    {
        using var backend = Open();
        Directory.CreateDirectory(DataDirectory + "-snapshots");
        File.WriteAllText(Snapshots, "a file");
        await Assert.ThrowsAsync<StateBackendIOException>(() => backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", [1]));
        File.Delete(Snapshots);
        Assert.NotNull(await backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", [1]));
    }

    [Fact]
    public async Task Store_WithNothingForAnArgument_IsRefused()
    {
        using var backend = Open();
        await Assert.ThrowsAsync<ArgumentNullException>(() => backend.SnapshotStore.StoreSnapshot(null!, 1, "tm", "operator", [1]));
        await Assert.ThrowsAsync<ArgumentNullException>(() => backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", null!));
    }

    [Fact]
    public async Task Retrieve_AfterDispose_StillWorks()
    {
        var backend = Open();
        var handle = await backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", [1]);
        backend.Dispose();
        Assert.Equal(new byte[] { 1 }, await backend.SnapshotStore.RetrieveSnapshot(handle));
    }

    [Fact]
    public async Task Snapshot_OfAnEarlierVersion_IsReadReplacedAndDeleted()
    {
        using var backend = Open();
        var handle = await backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", [1, 2]);
        var file = Assert.Single(Directory.EnumerateFiles(Snapshots));
        var former = Path.Combine(DataDirectory + "-snapshots", Path.GetFileName(file));
        File.Move(file, former);
        Directory.Delete(Snapshots);
        Assert.Equal(new byte[] { 1, 2 }, await backend.SnapshotStore.RetrieveSnapshot(handle));
        Assert.False(File.Exists(former));
        File.Move(file, former);
        await backend.SnapshotStore.StoreSnapshot("job", 1, "tm", "operator", [3]);
        Assert.Equal(new byte[] { 3 }, await backend.SnapshotStore.RetrieveSnapshot(handle));
        await backend.Snapshots.DeleteSnapshot(handle);
        Assert.Null(await backend.SnapshotStore.RetrieveSnapshot(handle));
    }

    [Fact]
    public async Task Delete_OfASnapshot_LeavesTheOthers()
    {
        using var backend = Open();
        var first = await backend.Snapshots.StoreSnapshot("job", 1, "tm", "operator", [1]);
        var second = await backend.Snapshots.StoreSnapshot("job", 2, "tm", "operator", [2]);
        await backend.Snapshots.DeleteSnapshot(first);
        await backend.Snapshots.DeleteSnapshot(first);
        Assert.Null(await backend.Snapshots.RetrieveSnapshot(first));
        Assert.Equal(new byte[] { 2 }, await backend.Snapshots.RetrieveSnapshot(second));
        await Assert.ThrowsAsync<ArgumentException>(() => backend.Snapshots.DeleteSnapshot(new SnapshotHandle("../state")));
    }

    [Fact]
    public async Task Store_BelowAUrl_NeedsALibraryWithObjectStores()
    {
        var store = new StateSnapshotStore("s3://bucket/path", new Dictionary<string, string>(StringComparer.Ordinal) { ["secret_access_key"] = "SECRET", ["max_retries"] = "0" });
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => store.RetrieveSnapshot(new SnapshotHandle(new string('A', 64))));
        Assert.Contains("feature object-stores", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", failure.Message, StringComparison.Ordinal);
    }
}
