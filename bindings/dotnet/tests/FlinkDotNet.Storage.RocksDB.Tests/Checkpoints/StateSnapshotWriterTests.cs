using FlinkDotNet.Core.Abstractions.Storage;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Checkpoints;

public sealed class StateSnapshotWriterTests : BackendTest
{
    private StateSnapshotStore Store => new(Folder.At("states"));

    [Fact]
    public async Task States_ThatAreCommitted_AreReadBack()
    {
        string handle;
        using (var writer = await Store.CreateWriter("job", 1, "operator", "0"))
        {
            await WriteRaw(writer, "raw", [1, 2, 3]);
            await WriteRaw(writer, "empty", []);
            await WriteKeyed(writer, "keyed", ([1], [10]), ([], []), ([2, 3], [20, 30]));
            await WriteKeyed(writer, "none");
            handle = await writer.CommitAndGetHandleAsync();
        }

        using var reader = await Store.CreateReader(handle);
        Assert.Equal(new byte[] { 1, 2, 3 }, ReadRaw(reader, "raw"));
        Assert.Empty(ReadRaw(reader, "empty"));
        Assert.Equal((true, true, false), (reader.HasState("raw"), reader.HasState("empty"), reader.HasState("keyed")));
        Assert.Equal((true, true, false), (await reader.HasKeyedState("keyed"), await reader.HasKeyedState("none"), await reader.HasKeyedState("raw")));
        var entries = await ReadKeyed(reader, "keyed");
        Assert.Equal(new byte[][] { [1], [], [2, 3] }, entries.Select(entry => entry.Key));
        Assert.Equal(new byte[][] { [10], [], [20, 30] }, entries.Select(entry => entry.Value));
        Assert.Empty(await ReadKeyed(reader, "none"));
    }

    [Fact]
    public async Task States_OfOneNameOfEachKind_StayApart()
    {
        using var writer = await Store.CreateWriter("job", 1, "operator", "0");
        await WriteRaw(writer, "state", [1]);
        await WriteKeyed(writer, "state", ([2], [3]));
        await WriteRaw(writer, "state", [4]);
        using var reader = await Store.CreateReader(await writer.CommitAndGetHandleAsync());
        Assert.Equal(new byte[] { 4 }, ReadRaw(reader, "state"));
        Assert.Equal(new byte[] { 3 }, Assert.Single(await ReadKeyed(reader, "state")).Value);
    }

    [Fact]
    public async Task Reader_OfAnUnknownHandle_HasNoStates()
    {
        using var reader = await Store.CreateReader(new string('A', 64));
        Assert.False(reader.HasState("raw"));
        Assert.False(await reader.HasKeyedState("keyed"));
        Assert.Empty(await ReadKeyed(reader, "keyed"));
        var missing = Assert.Throws<FileNotFoundException>(() => reader.GetStateInputStream("raw"));
        Assert.Contains("'raw'", missing.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CreateReader("../state"));
    }

    [Fact]
    public async Task Writer_ThatIsNotCommitted_LeavesNothing()
    {
        using (var writer = await Store.CreateWriter("job", 1, "operator", "0")) await WriteRaw(writer, "raw", [1]);
        Assert.False(Directory.Exists(Folder.At("states")));
    }

    [Fact]
    public async Task Commit_WithAKeyedStateThatWasNotEnded_EndsIt()
    {
        using var writer = await Store.CreateWriter("job", 1, "operator", "0");
        await writer.BeginKeyedState("keyed");
        await writer.WriteKeyedEntry([1], [2]);
        using var reader = await Store.CreateReader(await writer.CommitAndGetHandleAsync());
        Assert.Single(await ReadKeyed(reader, "keyed"));
    }

    [Fact]
    public async Task Writer_UsedOutOfOrder_Refuses()
    {
        var writer = await Store.CreateWriter("job", 1, "operator", "0");
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.WriteKeyedEntry([1], [2]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.EndKeyedState("keyed"));
        await writer.BeginKeyedState("keyed");
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.BeginKeyedState("other"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.EndKeyedState("other"));
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.GetStateOutputStream("raw"));
        await Assert.ThrowsAsync<ObjectDisposedException>(writer.CommitAndGetHandleAsync);
    }

    [Fact]
    public async Task States_BesidePlainBytesOfTheSameIdentifiers_StayApart()
    {
        var plain = await Store.StoreSnapshot("job", 1, "0", "operator", [1]);
        using var writer = await Store.CreateWriter("job", 1, "operator", "0");
        var states = await writer.CommitAndGetHandleAsync();
        Assert.NotEqual(plain.Value, states);
        Assert.Equal(new byte[] { 1 }, await Store.RetrieveSnapshot(plain));
        var foreign = await Assert.ThrowsAsync<StateBackendCorruptionException>(() => Store.CreateReader(plain.Value));
        Assert.Contains(plain.Value, foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshot_CutShortByItsWriter_IsRefused()
    {
        using var writer = await Store.CreateWriter("job", 1, "operator", "0");
        await WriteRaw(writer, "raw", [1, 2, 3]);
        await WriteKeyed(writer, "keyed", ([1], [2]));
        var whole = await Store.RetrieveSnapshot(new SnapshotHandle(await writer.CommitAndGetHandleAsync()));
        for (var length = 0; length < whole!.Length; length++)
        {
            var cut = await Store.StoreSnapshot("job", length, "0", "operator", whole[..length]);
            await Assert.ThrowsAsync<StateBackendCorruptionException>(() => Store.CreateReader(cut.Value));
        }
    }

    private static async Task WriteRaw(IStateSnapshotWriter writer, string name, byte[] content)
    {
        using var stream = writer.GetStateOutputStream(name);
        await stream.WriteAsync(content, TestContext.Current.CancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteKeyed(IStateSnapshotWriter writer, string name, params (byte[] Key, byte[] Value)[] entries)
    {
        await writer.BeginKeyedState(name).ConfigureAwait(false);
        foreach (var (key, value) in entries) await writer.WriteKeyedEntry(key, value).ConfigureAwait(false);
        await writer.EndKeyedState(name).ConfigureAwait(false);
    }

    private static byte[] ReadRaw(IStateSnapshotReader reader, string name)
    {
        using var stream = reader.GetStateInputStream(name);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static async Task<List<KeyValuePair<byte[], byte[]>>> ReadKeyed(IStateSnapshotReader reader, string name)
    {
        var entries = new List<KeyValuePair<byte[], byte[]>>();
        await foreach (var entry in reader.ReadKeyedStateEntries(name).ConfigureAwait(false)) entries.Add(entry);
        return entries;
    }
}
