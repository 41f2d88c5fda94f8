namespace FlinkDotNet.Storage.RocksDB.Tests.Savepoints;

public sealed class SavepointTests : SavepointTest
{
    private string SavepointPath => Folder.At("savepoint");

    [Fact]
    public async Task ExportAndImport_ThroughAStream_BringBackKeyedAndOperatorState()
    {
        using var savepoint = new AsyncOnlyStream();
        using (var backend = OpenFilled("source"))
        {
            var seen = new List<long>();
            await backend.ExportSavepointAsync(savepoint, progress: new AtEachReport(progress => seen.Add(progress.Bytes)), cancellationToken: Stop);
            Assert.Equal(savepoint.Length, seen[^1]);
            using var again = new MemoryStream();
            await backend.ExportSavepointAsync(again, cancellationToken: Stop);
            Assert.Equal(savepoint.ToArray(), again.ToArray());
        }

        using var target = OpenEmpty("target");
        savepoint.Position = 0;
        await target.ImportSavepointAsync(savepoint, cancellationToken: Stop);
        AssertFilled(target, Keys);
        Assert.Equal(["41", "42"], target.GetOperatorListState(StateDescriptors.List<string>("offsets")).Get());
    }

    [Fact]
    public async Task ExportAndImport_ThroughAFile_AreWholeAndVerified()
    {
        using (var backend = OpenFilled("source"))
        {
            await backend.ExportSavepointAsync(SavepointPath, cancellationToken: Stop);
            await Assert.ThrowsAsync<IOException>(() => backend.ExportSavepointAsync(SavepointPath, cancellationToken: Stop));
        }

        Assert.Equal(Keys + 2, (await RocksDBStateBackend.VerifySavepointAsync(SavepointPath)).EntryCount);
        Assert.DoesNotContain(Directory.GetFiles(Path.GetDirectoryName(SavepointPath)!), file => file.Contains("unfinished", StringComparison.Ordinal));
        using (var target = OpenEmpty("target"))
        {
            await target.ImportSavepointAsync(SavepointPath, cancellationToken: Stop);
            AssertFilled(target, Keys);
        }

        var content = await File.ReadAllBytesAsync(SavepointPath, Stop);
        content[content.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(SavepointPath, content, Stop);
        using var other = OpenEmpty("other");
        var damage = await Assert.ThrowsAsync<StateBackendCorruptionException>(() => other.ImportSavepointAsync(SavepointPath, cancellationToken: Stop));
        Assert.StartsWith($"savepoint '{SavepointPath}' is damaged: block ", damage.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StateBackendCorruptionException>(() => RocksDBStateBackend.VerifySavepointAsync(SavepointPath));
        await Assert.ThrowsAsync<StateBackendIOException>(() => RocksDBStateBackend.VerifySavepointAsync(SavepointPath + "-none"));
        AssertFilled(other, 0);
    }

    [Fact]
    public async Task Import_IntoTheSubtasksOfAJob_SharesItAmongThem()
    {
        using var savepoint = await ExportFilledAsync();
        var found = new List<string>();
        for (var subtask = 0; subtask < 3; subtask++)
        {
            using var backend = OpenEmpty($"subtask-{subtask}");
            savepoint.Position = 0;
            await backend.ImportSavepointAsync(savepoint, new SavepointImportOptions { Parallelism = 3, Subtask = subtask }, cancellationToken: Stop);
            using var keyed = backend.CreateKeyedStateBackend<string>(new KeyedStateBackendOptions { KeyGroupRange = KeyGroups.RangeOf(128, 3, subtask) });
            keyed.GetValueState(StateDescriptors.Value<long>("count"));
            found.AddRange(keyed.GetKeys("count"));
        }

        Assert.Equal(Enumerable.Range(0, Keys).Select(number => $"key {number}").Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Import_ThatDoesNotFit_IsRefusedByName_AndLeavesNothing()
    {
        using var savepoint = await ExportFilledAsync();
        using var backend = OpenFilled("filled");
        var mismatch = await Assert.ThrowsAsync<StateMismatchException>(
            () => ImportAsync(backend, savepoint, new SavepointImportOptions { IncludeOperatorStates = false }));
        Assert.Contains("state 'count' has rows already", mismatch.Message, StringComparison.Ordinal);
        AssertFilled(backend, Keys);
        using var other = OpenEmpty("other");
        var parallelism = await Assert.ThrowsAsync<StateMismatchException>(() => ImportAsync(other, savepoint, new SavepointImportOptions { MaxParallelism = 64 }));
        Assert.Contains("'rehash'", parallelism.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StateNotFoundException>(() => ImportAsync(other, savepoint, new SavepointImportOptions { States = ["none"] }));
        await Assert.ThrowsAsync<ArgumentException>(() => ImportAsync(other, savepoint, new SavepointImportOptions { Subtask = 1 }));
        using (other.CreateKeyedStateBackend<string>())
        {
            var open = await Assert.ThrowsAsync<StateBackendException>(() => ImportAsync(other, savepoint));
            Assert.Equal(StateBackendStatus.InUse, open.Status);
        }

        AssertFilled(other, 0);
        await ImportAsync(other, savepoint, new SavepointImportOptions { States = ["count"] });
        AssertFilled(other, Keys);
    }

    [Fact]
    public async Task ExportAndImport_ThatAreCancelledOrFailInTheStream_EndWithThat()
    {
        using var savepoint = await ExportFilledAsync();
        using var backend = OpenFilled("filled");
        using var target = OpenEmpty("target");
        using var cancelled = new CancellationTokenSource();
        var cancel = new AtEachReport(_ => cancelled.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.ExportSavepointAsync(SavepointPath, null, cancel, cancelled.Token));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(SavepointPath)!));
        savepoint.Position = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => target.ImportSavepointAsync(savepoint, null, progress: null, cancelled.Token));
        using var fresh = new CancellationTokenSource();
        var later = new AtEachReport(_ => fresh.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => target.ImportSavepointAsync(savepoint, null, later, fresh.Token));
        AssertFilled(target, 0);
        using var closed = new MemoryStream(savepoint.ToArray());
        await closed.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => target.ImportSavepointAsync(closed, cancellationToken: Stop));
        AssertFilled(target, 0);
    }

    [Fact]
    public async Task Savepoint_OfADisposedBackend_OrOfNothing_IsRefused()
    {
        var backend = OpenEmpty("state");
        backend.Dispose();
        using var stream = new MemoryStream();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => backend.ExportSavepointAsync(stream, cancellationToken: Stop));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => backend.ImportSavepointAsync(stream, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => backend.ExportSavepointAsync((Stream)null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => backend.ImportSavepointAsync(string.Empty, cancellationToken: Stop));
        using var other = OpenEmpty("other");
        await Assert.ThrowsAsync<StateBackendCorruptionException>(() => other.ImportSavepointAsync(stream, cancellationToken: Stop));
    }

    private static async Task ImportAsync(RocksDBStateBackend backend, Stream savepoint, SavepointImportOptions? options = null)
    {
        savepoint.Position = 0;
        await backend.ImportSavepointAsync(savepoint, options, cancellationToken: Stop).ConfigureAwait(false);
    }

    /// <summary>As the streams of web servers: what would block is refused.</summary>
    private sealed class AsyncOnlyStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override int Read(Span<byte> buffer) => throw new NotSupportedException();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            foreach (var value in buffer.ToArray()) WriteByte(value);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            var count = (int)Math.Min(buffer.Length, Length - Position);
            for (var at = 0; at < count; at++) buffer.Span[at] = (byte)ReadByte();
            return count;
        }
    }
}
