namespace FlinkDotNet.Storage.RocksDB.Tests.Checkpoints;

public sealed class CheckpointStoreTests : CheckpointTest
{
    [Fact]
    public async Task List_OfAFolder_TellsWhatIsThere()
    {
        using var store = new CheckpointStore(CheckpointDirectory);
        Assert.Equal(CheckpointDirectory, store.Directory);
        Assert.Empty(store.List());
        var before = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        using var backend = OpenState();
        using var keyed = backend.CreateKeyedStateBackend<string>(new KeyedStateBackendOptions { MaxParallelism = 16 });
        var result = await backend.CreateCheckpointAsync(12, Stop);
        var checkpoint = Assert.Single(store.List());
        Assert.Equal(new CheckpointInfo(12, checkpoint.CreatedAt, result.TotalBytes, result.NewBytes, result.TotalFiles, new KeyGroupRange(0, 15), null), checkpoint);
        Assert.InRange(checkpoint.CreatedAt!.Value, before, DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Verify_OfAWholeAndOfADamagedCheckpoint_CountsItsFilesOrNamesOne()
    {
        using var backend = OpenState();
        var result = await backend.CreateCheckpointAsync(1, Stop);
        using var store = new CheckpointStore(CheckpointDirectory);
        Assert.Equal(new CheckpointFiles(result.TotalFiles, result.TotalBytes), await store.VerifyAsync(1));
        Damage(Path.Combine(CheckpointDirectory, "chk-1", "CURRENT"));
        var damage = await Assert.ThrowsAsync<StateBackendCorruptionException>(() => store.VerifyAsync(1));
        Assert.Contains("'chk-1/CURRENT'", damage.Message, StringComparison.Ordinal);
        var missing = await Assert.ThrowsAsync<CheckpointNotFoundException>(() => store.VerifyAsync(2));
        Assert.Contains("checkpoint 2 is not in", missing.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.VerifyAsync(-1));
    }

    [Fact]
    public async Task Metadata_ThatIsDamaged_IsListedWithTheReason_AndStopsACollection()
    {
        using (var backend = OpenState()) await backend.CreateCheckpointAsync(1, Stop);
        Damage(Path.Combine(CheckpointDirectory, "chk-1", "_metadata.json"));
        using var store = new CheckpointStore(CheckpointDirectory);
        var checkpoint = Assert.Single(store.List());
        Assert.Equal(new CheckpointInfo(1, null, null, null, null, null, checkpoint.Damage), checkpoint);
        Assert.StartsWith("file 'chk-1/_metadata.json'", checkpoint.Damage, StringComparison.Ordinal);
        Assert.Throws<StateBackendCorruptionException>(() => store.Collect());
        store.Discard(1);
        Assert.True(store.Collect().FileCount > 0, "The table files of the checkpoint are listed by nobody.");
        Assert.Empty(store.List());
    }

    [Fact]
    public async Task DiscardAndCollect_RemoveWhatNobodyNeeds()
    {
        using (var backend = OpenState()) await backend.CreateCheckpointAsync(1, Stop);
        File.WriteAllText(Path.Combine(CheckpointDirectory, "shared", "0.sst"), "left by a crash");
        using var store = new CheckpointStore(CheckpointDirectory);
        Assert.Equal(new CheckpointFiles(1, 15), store.Collect());
        Assert.Equal([1], Ids(store));
        store.Discard(1);
        store.Discard(1);
        Assert.Empty(store.List());
        Assert.Empty(Directory.GetFiles(Path.Combine(CheckpointDirectory, "shared")));
    }

    [Fact]
    public async Task Folder_OfAnOpenBackend_IsRemovedFromThroughTheBackendAlone()
    {
        using var backend = OpenState();
        await backend.CreateCheckpointAsync(1, Stop);
        using var store = new CheckpointStore(CheckpointDirectory);
        Assert.Equal(StateBackendStatus.InUse, Assert.Throws<StateBackendException>(() => store.Discard(1)).Status);
        Assert.Equal([1], Ids(store));
        backend.Checkpoints.Dispose();
        backend.Checkpoints.Discard(1);
        Assert.Empty(store.List());
        Assert.Equal(new CheckpointFiles(0, 0), backend.Checkpoints.Collect());
    }

    [Fact]
    public async Task Store_MisusedOrDisposed_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new CheckpointStore(string.Empty));
        Assert.Throws<ArgumentNullException>(() => new CheckpointStore(null!));
        var store = new CheckpointStore(CheckpointDirectory);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Discard(-1));
        store.Dispose();
        store.Dispose();
        Assert.Contains("checkpoint store", Assert.Throws<ObjectDisposedException>(store.List).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.VerifyAsync(1));
        Assert.Throws<ObjectDisposedException>(() => store.Collect());
    }

    [Fact]
    public void Url_WithTheDefaultLibrary_IsRefusedByTheNameOfWhatIsMissing()
    {
        var options = OptionsOf("state");
        options.CheckpointDirectory = "s3://bucket/path";
        options.ObjectStoreSettings["secret_access_key"] = "SECRET";
        var failure = Assert.Throws<InvalidOperationException>(() => Open(options));
        Assert.Contains("'s3://' needs a library built with the feature object-stores", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", failure.ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new CheckpointStore("s3://bucket/path"));
    }

    [Fact]
    public void Settings_OfAFolder_AreRefused()
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["region"] = "here" };
        var failure = Assert.Throws<ArgumentException>(() => new CheckpointStore(CheckpointDirectory, settings));
        Assert.Contains("is for a root that is a URL", failure.Message, StringComparison.Ordinal);
    }
}
