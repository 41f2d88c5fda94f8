using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Data;

public sealed class LongScanTests : BackendTest
{
    private const int Rows = 5000;

    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBColumnFamily _family;

    public LongScanTests()
    {
        _backend = Open();
        _family = _backend.ColumnFamily("user_state");
        using var batch = new WriteBatch();
        for (var number = 0; number < Rows; number++) batch.Put(_family, Bytes($"key{number:0000}"), Bytes($"value{number}"));
        _backend.Write(batch);
    }

    public static TheoryData<string, string, string, bool, int> Ranges => new()
    {
        { "", "", "", false, 5000 },
        { "", "", "", true, 5000 },
        { "key0010", "key0020", "", false, 10 },
        { "", "", "key49", true, 100 },
        { "l", "", "", false, 0 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task Scan_InPages_SeesTheRowsOfAScanInPlace(string lower, string upper, string prefix, bool reverse, int count)
    {
        var expected = InPlace(lower, upper, prefix, reverse);
        var found = new List<string>();
        await foreach (var page in Pages(lower, upper, prefix, reverse)) found.AddRange(Keys(page));
        Assert.Equal(count, expected.Count);
        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task Scan_LeftEarly_FreesItsIterator()
    {
        await foreach (var page in Pages("", "", "", reverse: false))
        {
            Assert.NotEmpty(Keys(page));
            break;
        }

        Assert.Contains(" 0 iterators", AliveObjects(), StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_NeverBegun_HoldsNothing()
    {
        _ = Pages("", "", "", reverse: false);
        Assert.Contains(" 0 iterators", AliveObjects(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_Cancelled_EndsBeforeItsNextPage()
    {
        using var stop = new CancellationTokenSource();
        await using var pages = Pages("", "", "", reverse: false).GetAsyncEnumerator(stop.Token);
        Assert.True(await pages.MoveNextAsync());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pages.MoveNextAsync().AsTask());
        Assert.Contains(" 0 iterators", AliveObjects(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_AfterTheScanMovedOn_IsRefused()
    {
        var kept = new List<RowPage>();
        await foreach (var page in Pages("", "", "", reverse: false)) kept.Add(page);
        Assert.True(kept.Count > 10, $"{kept.Count} pages");
        Assert.All(kept, page => Assert.Throws<ObjectDisposedException>(() => page.GetEnumerator().MoveNext()));
    }

    [Fact]
    public async Task Scan_OfADisposedBackend_SaysSo()
    {
        await using var pages = Pages("", "", "", reverse: false).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await pages.MoveNextAsync());
        await _backend.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pages.MoveNextAsync().AsTask());
    }

    protected override void Dispose(bool disposing)
    {
        _backend.Dispose();
        base.Dispose(disposing);
    }

    private static List<string> Keys(RowPage page)
    {
        var keys = new List<string>();
        foreach (var row in page) keys.Add(Text(row.Key.Span) + Text(row.Value.Span));
        Assert.Equal(page.Count, keys.Count);
        return keys;
    }

    private List<string> InPlace(string lower, string upper, string prefix, bool reverse)
    {
        var keys = new List<string>();
        foreach (var row in _family.Scan(Options(lower, upper, prefix, reverse))) keys.Add(Text(row.Key) + Text(row.Value));
        return keys;
    }

    private IAsyncEnumerable<RowPage> Pages(string lower, string upper, string prefix, bool reverse) =>
        _family.ScanAsync(Options(lower, upper, prefix, reverse), TestContext.Current.CancellationToken);

    private static ScanOptions Options(string lower, string upper, string prefix, bool reverse) => new()
    {
        LowerBound = Bytes(lower),
        UpperBound = Bytes(upper),
        Prefix = Bytes(prefix),
        Reverse = reverse,
        PageSizeBytes = 4096,
    };
}
