using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace FlinkDotNet.Storage.RocksDB.Tests.Savepoints.Pipes;

public sealed class PipeSavepointTests : SavepointTest
{
    private const int BallastBytes = 1 << 20;
    private const int PieceBytes = 32 << 10;

    /// <summary>For a transfer that is to end although the other end of its pipe does nothing.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(4 << 10)]
    [InlineData(64 << 10)]
    [InlineData(0)]
    public async Task ExportAndImport_ThroughAPipeOfAnyThreshold_BringBackTheState(int pauseBytes)
    {
        using var whole = await ExportFilledAsync(BallastBytes);
        using var source = OpenFilled("source", BallastBytes);
        using var target = OpenEmpty("target");
        List<(long Bytes, bool IsOfPool)> written = [], read = [];
        var pipe = PipeOf(pauseBytes);
        var import = target.ImportSavepointAsync(pipe.Reader, null, Into(read), Stop);
        await source.ExportSavepointAsync(pipe.Writer, null, Into(written), Stop);
        AssertNotCompleted(pipe.Writer);
        await pipe.Writer.CompleteAsync();
        await import;
        AssertFilled(target, Keys);
        Assert.Equal(Ballast(BallastBytes), target.ColumnFamily("default").Get("ballast"u8));
        Assert.Equal(["41", "42"], target.GetOperatorListState(StateDescriptors.List<string>("offsets")).Get());
        Assert.Equal((whole.Length, whole.Length), (written[^1].Bytes, read[^1].Bytes));
        Assert.DoesNotContain(written.Concat(read), report => report.IsOfPool);
        Assert.True((await pipe.Reader.ReadAsync(Stop)).IsCompleted);
    }

    [Fact]
    public async Task Export_IntoAPipe_HoldsTheSameBytes_AndNeverMoreThanItsThresholdAndAPiece()
    {
        const int PauseBytes = 64 << 10;
        using var whole = await ExportFilledAsync(BallastBytes);
        using var source = OpenFilled("source", BallastBytes);
        var pipe = PipeOf(PauseBytes);
        var export = ExportAndCompleteAsync(source, pipe.Writer);
        using var copy = new MemoryStream();
        while (copy.Length < whole.Length)
        {
            var waiting = (await pipe.Reader.ReadAsync(Stop)).Buffer;
            Assert.InRange(waiting.Length, 1, PauseBytes + PieceBytes - 1);
            // Slower than the export, which fills the pipe meanwhile.
            var taken = waiting.Slice(0, Math.Min(waiting.Length, 1000));
            copy.Write(taken.ToArray());
            pipe.Reader.AdvanceTo(taken.End);
        }

        await export;
        Assert.Equal(whole.ToArray(), copy.ToArray());
    }

    [Fact]
    public async Task Export_WhileNobodyReads_WaitsUntilItIsCancelled()
    {
        using var source = OpenFilled("source", BallastBytes);
        using var cancelled = new CancellationTokenSource();
        var seen = new List<(long Bytes, bool IsOfPool)>();
        var pipe = PipeOf(1);
        var export = source.ExportSavepointAsync(pipe.Writer, null, Into(seen), cancelled.Token);
        // The first piece is there, and the export waits for somebody to take it.
        pipe.Reader.AdvanceTo((await pipe.Reader.ReadAsync(Stop)).Buffer.Start);
        await cancelled.CancelAsync();
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => export.WaitAsync(Deadline, Stop));
        Assert.Equal(cancelled.Token, failure.CancellationToken);
        Assert.Empty(seen);
        await AssertExportsAgainAsync(source);
        AssertNotCompleted(pipe.Writer);
    }

    [Fact]
    public async Task Export_CancelledInTheMiddle_EndsWithThat()
    {
        using var source = OpenFilled("source", BallastBytes);
        using var cancelled = new CancellationTokenSource();
        var pipe = PipeOf(0);
        var cancel = new AtEachReport(progress => CancelBeyond(cancelled, progress, BallastBytes / 2));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => source.ExportSavepointAsync(pipe.Writer, null, cancel, cancelled.Token));
        var flushed = (await pipe.Reader.ReadAsync(Stop)).Buffer;
        Assert.InRange(flushed.Length, BallastBytes / 2, (BallastBytes / 2) + (2 * PieceBytes));
        pipe.Reader.AdvanceTo(flushed.End);
        await AssertExportsAgainAsync(source);
        AssertNotCompleted(pipe.Writer);
    }

    [Fact]
    public async Task Export_OfWhichAPendingFlushIsCancelled_EndsWithThat()
    {
        using var source = OpenFilled("source", BallastBytes);
        var pipe = PipeOf(1);
        var export = source.ExportSavepointAsync(pipe.Writer, cancellationToken: Stop);
        pipe.Reader.AdvanceTo((await pipe.Reader.ReadAsync(Stop)).Buffer.Start);
        pipe.Writer.CancelPendingFlush();
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => export.WaitAsync(Deadline, Stop));
        Assert.Equal("The export was cancelled: a pending flush of its pipe was.", failure.Message);
        AssertNotCompleted(pipe.Writer);
    }

    [Fact]
    public async Task Export_WhoseReaderIsCompletedEarly_IsNone()
    {
        using var source = OpenFilled("source", BallastBytes);
        var pipe = PipeOf(1);
        var export = source.ExportSavepointAsync(pipe.Writer, cancellationToken: Stop);
        pipe.Reader.AdvanceTo((await pipe.Reader.ReadAsync(Stop)).Buffer.End);
        await pipe.Reader.CompleteAsync();
        var failure = await Assert.ThrowsAsync<IOException>(() => export);
        Assert.Equal("The reader of the pipe was completed before the savepoint had ended: what it got is no savepoint.", failure.Message);
        var broken = PipeOf(1);
        export = source.ExportSavepointAsync(broken.Writer, cancellationToken: Stop);
        await broken.Reader.CompleteAsync(new InvalidDataException("The other side is gone."));
        Assert.Equal("The other side is gone.", (await Assert.ThrowsAsync<InvalidDataException>(() => export)).Message);
        await AssertExportsAgainAsync(source);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(40)]
    [InlineData(BallastBytes / 2)]
    [InlineData(-1)]
    public async Task Import_OfATruncatedPipe_IsRefused_AndLeavesNothing(int length)
    {
        using var savepoint = await ExportFilledAsync(BallastBytes);
        using var target = OpenEmpty("target");
        var whole = savepoint.ToArray();
        var pipe = PipeOf(0);
        await pipe.Writer.WriteAsync(whole.AsMemory(0, length < 0 ? whole.Length + length : length), Stop);
        await pipe.Writer.CompleteAsync();
        var named = new SavepointImportOptions { Name = "november" };
        var failure = await Assert.ThrowsAsync<StateBackendCorruptionException>(() => target.ImportSavepointAsync(pipe.Reader, named, cancellationToken: Stop));
        Assert.StartsWith("savepoint 'november' ", failure.Message, StringComparison.Ordinal);
        AssertFilled(target, 0);
        Assert.Null(target.ColumnFamily("default").Get("ballast"u8));
        await AssertImportsAsync(target, whole);
    }

    [Fact]
    public async Task Import_WhoseWriterIsCompletedWithAFailure_EndsWithThat()
    {
        using var savepoint = await ExportFilledAsync(BallastBytes);
        using var target = OpenEmpty("target");
        var pipe = PipeOf(0);
        await pipe.Writer.WriteAsync(savepoint.ToArray().AsMemory(0, BallastBytes / 2), Stop);
        await pipe.Writer.CompleteAsync(new InvalidDataException("The other side is gone."));
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => target.ImportSavepointAsync(pipe.Reader, cancellationToken: Stop));
        Assert.Equal("The other side is gone.", failure.Message);
        AssertFilled(target, 0);
        await AssertImportsAsync(target, savepoint.ToArray());
    }

    [Fact]
    public async Task Import_CancelledInTheMiddle_LeavesNothing_AndTheReaderBehindWhatItTook()
    {
        using var savepoint = await ExportFilledAsync(BallastBytes);
        using var target = OpenEmpty("target");
        using var cancelled = new CancellationTokenSource();
        var pipe = PipeOf(0);
        await pipe.Writer.WriteAsync(savepoint.ToArray(), Stop);
        long taken = 0;
        var cancel = new AtEachReport(progress =>
        {
            taken = progress.Bytes;
            CancelBeyond(cancelled, progress, BallastBytes / 2);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => target.ImportSavepointAsync(pipe.Reader, null, cancel, cancelled.Token));
        Assert.InRange(taken, BallastBytes / 2, savepoint.Length - 1);
        Assert.Equal(savepoint.ToArray()[(int)taken..], (await pipe.Reader.ReadAsync(Stop)).Buffer.ToArray());
        AssertFilled(target, 0);
        Assert.Null(target.ColumnFamily("default").Get("ballast"u8));
        await AssertImportsAsync(target, savepoint.ToArray());
    }

    [Fact]
    public async Task Import_ThatWaitsForMore_EndsWhenItIsCancelled()
    {
        using var savepoint = await ExportFilledAsync(BallastBytes);
        using var target = OpenEmpty("target");
        using var cancelled = new CancellationTokenSource();
        var half = savepoint.ToArray().AsMemory(0, BallastBytes / 2);
        var pipe = PipeOf(1);
        var import = target.ImportSavepointAsync(pipe.Reader, cancellationToken: cancelled.Token);
        // Taken: the pipe holds nothing, and lets its writer go on.
        await pipe.Writer.WriteAsync(half, Stop);
        await cancelled.CancelAsync();
        Assert.Equal(cancelled.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => import.WaitAsync(Deadline, Stop))).CancellationToken);
        AssertFilled(target, 0);

        import = target.ImportSavepointAsync(pipe.Reader, cancellationToken: Stop);
        await pipe.Writer.WriteAsync(half, Stop);
        pipe.Reader.CancelPendingRead();
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => import.WaitAsync(Deadline, Stop));
        Assert.Equal("The import was cancelled: a pending read of its pipe was.", failure.Message);
        AssertFilled(target, 0);
        // Neither end was completed: the same pipe serves the next one.
        import = target.ImportSavepointAsync(pipe.Reader, cancellationToken: Stop);
        await pipe.Writer.WriteAsync(savepoint.ToArray(), Stop);
        await pipe.Writer.CompleteAsync();
        await import;
        AssertFilled(target, Keys);
    }

    [Fact]
    public async Task Import_FedByteByByte_BringsBackTheState()
    {
        using var savepoint = await ExportFilledAsync();
        using var target = OpenEmpty("target");
        var pipe = PipeOf(1);
        var import = target.ImportSavepointAsync(pipe.Reader, cancellationToken: Stop);
        foreach (var value in savepoint.ToArray()) await pipe.Writer.WriteAsync(new[] { value }, Stop);
        await pipe.Writer.CompleteAsync();
        await import;
        AssertFilled(target, Keys);
    }

    [Fact]
    public async Task Import_OfSegmentsThatEndAnywhere_BringsBackTheState()
    {
        using var savepoint = await ExportFilledAsync();
        using var target = OpenEmpty("target");
        var seen = new List<(long Bytes, bool IsOfPool)>();
        await target.ImportSavepointAsync(PipeReader.Create(Segment.OfEachByte(savepoint.ToArray())), null, Into(seen), Stop);
        Assert.Equal(Enumerable.Range(1, (int)savepoint.Length).Select(bytes => (long)bytes), seen.Select(report => report.Bytes));
        AssertFilled(target, Keys);
    }

    [Fact]
    public async Task Import_OfOneLongSegment_TakesItInPieces()
    {
        using var savepoint = await ExportFilledAsync(BallastBytes);
        using var target = OpenEmpty("target");
        var seen = new List<(long Bytes, bool IsOfPool)>();
        await target.ImportSavepointAsync(PipeReader.Create(new ReadOnlySequence<byte>(savepoint.ToArray())), null, Into(seen), Stop);
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.InRange(pair.Second.Bytes - pair.First.Bytes, 1, SavepointTransfer.PieceBytes));
        Assert.Equal(savepoint.Length, seen[^1].Bytes);
        AssertFilled(target, Keys);
    }

    [Fact]
    public async Task Import_OfADamagedSavepoint_IsRefused_AndTheReaderCanGoOn()
    {
        using var savepoint = await ExportFilledAsync(BallastBytes);
        using var target = OpenEmpty("target");
        var damaged = savepoint.ToArray();
        damaged[BallastBytes / 2] ^= 1;
        var pipe = PipeOf(0);
        await pipe.Writer.WriteAsync(damaged, Stop);
        var failure = await Assert.ThrowsAsync<StateBackendCorruptionException>(() => target.ImportSavepointAsync(pipe.Reader, cancellationToken: Stop));
        Assert.Contains(" is damaged: block ", failure.Message, StringComparison.Ordinal);
        AssertFilled(target, 0);
        var rest = (await pipe.Reader.ReadAsync(Stop)).Buffer;
        Assert.InRange(rest.Length, 1, damaged.Length - 1);
        Assert.Equal(damaged[^(int)rest.Length..], rest.ToArray());
    }

    [Fact]
    public async Task ExportAndImport_OverASocket_BringBackTheState()
    {
        using var source = OpenFilled("source", BallastBytes);
        using var target = OpenEmpty("target");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Stop);
        using var server = await listener.AcceptTcpClientAsync(Stop);
        var import = target.ImportSavepointAsync(PipeReader.Create(server.GetStream()), cancellationToken: Stop);
        await ExportAndCompleteAsync(source, PipeWriter.Create(client.GetStream()));
        await import;
        AssertFilled(target, Keys);
        Assert.Equal(Ballast(BallastBytes), target.ColumnFamily("default").Get("ballast"u8));
    }

    [Fact]
    public async Task Savepoint_OfADisposedBackend_OrThroughNoPipe_IsRefused()
    {
        var backend = OpenEmpty("state");
        await Assert.ThrowsAsync<ArgumentNullException>(() => backend.ExportSavepointAsync((PipeWriter)null!, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => backend.ImportSavepointAsync((PipeReader)null!, cancellationToken: Stop));
        var pipe = PipeOf(1);
        await pipe.Writer.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => backend.ExportSavepointAsync(pipe.Writer, cancellationToken: Stop));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backend.ImportSavepointAsync(pipe.Reader, cancellationToken: cancelled.Token));
        backend.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => backend.ExportSavepointAsync(pipe.Writer, cancellationToken: Stop));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => backend.ImportSavepointAsync(pipe.Reader, cancellationToken: Stop));
    }

    /// <summary>A pipe whose writer waits beyond so many bytes; 0 for never.</summary>
    private static Pipe PipeOf(int pauseBytes) => new(new PipeOptions(pauseWriterThreshold: pauseBytes, resumeWriterThreshold: Math.Max(pauseBytes / 2, 1), minimumSegmentSize: 512));

    private static AtEachReport Into(List<(long Bytes, bool IsOfPool)> seen) => new(progress => seen.Add((progress.Bytes, Thread.CurrentThread.IsThreadPoolThread)));

    private static void CancelBeyond(CancellationTokenSource cancelled, SavepointProgress progress, long bytes)
    {
        if (progress.Bytes >= bytes) cancelled.Cancel();
    }

    private static async Task ExportAndCompleteAsync(RocksDBStateBackend source, PipeWriter writer)
    {
        try
        {
            await source.ExportSavepointAsync(writer, cancellationToken: Stop).ConfigureAwait(false);
            await writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            await writer.CompleteAsync(failure).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A writer that was completed lends nothing.</summary>
    private static void AssertNotCompleted(PipeWriter writer) => Assert.False(writer.GetMemory().IsEmpty);

    private static async Task AssertImportsAsync(RocksDBStateBackend target, byte[] savepoint)
    {
        await target.ImportSavepointAsync(PipeReader.Create(new ReadOnlySequence<byte>(savepoint)), cancellationToken: Stop).ConfigureAwait(false);
        AssertFilled(target, Keys);
    }

    private async Task AssertExportsAgainAsync(RocksDBStateBackend source)
    {
        using var whole = await ExportFilledAsync(BallastBytes).ConfigureAwait(false);
        using var again = new MemoryStream();
        await source.ExportSavepointAsync(again, cancellationToken: Stop).ConfigureAwait(false);
        Assert.Equal(whole.ToArray(), again.ToArray());
    }

    /// <summary>A part of a sequence.</summary>
    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        /// <summary>A segment for each byte, and an empty one in front of each.</summary>
        public static ReadOnlySequence<byte> OfEachByte(byte[] bytes)
        {
            var first = new Segment();
            var last = first;
            for (var at = 0; at < bytes.Length; at++)
            {
                last = last.Then(bytes.AsMemory(at, 1));
                last = last.Then(default);
            }

            return new ReadOnlySequence<byte>(first, 0, last, 0);
        }

        private Segment Then(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment { Memory = memory, RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
