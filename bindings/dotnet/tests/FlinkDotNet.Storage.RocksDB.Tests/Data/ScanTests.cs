using System.Globalization;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Data;

public sealed class ScanTests : BackendTest
{
    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBColumnFamily _family;

    public ScanTests()
    {
        _backend = Open();
        _family = _backend.ColumnFamily("user_state");
        foreach (var key in new[] { "a1", "a2", "b1", "b2", "b3", "c1" }) _family.Put(Bytes(key), Bytes("value of " + key));
    }

    [Fact]
    public void Scan_OfAll_VisitsRowsInOrder() => Assert.Equal(["a1", "a2", "b1", "b2", "b3", "c1"], Keys(default));

    [Fact]
    public void Scan_InReverse_VisitsRowsBackwards() => Assert.Equal(["c1", "b3", "b2", "b1", "a2", "a1"], Keys(new ScanOptions { Reverse = true }));

    [Fact]
    public void Scan_WithBounds_StopsBeforeTheUpper()
    {
        Assert.Equal(["a2", "b1", "b2"], Keys(new ScanOptions { LowerBound = "a2"u8, UpperBound = "b3"u8 }));
        Assert.Equal(["b2", "b1", "a2"], Keys(new ScanOptions { LowerBound = "a2"u8, UpperBound = "b3"u8, Reverse = true }));
        Assert.Equal(["c1"], Keys(new ScanOptions { LowerBound = "b9"u8 }));
        Assert.Empty(Keys(new ScanOptions { LowerBound = "x"u8 }));
        Assert.Empty(Keys(new ScanOptions { UpperBound = "a"u8, Reverse = true }));
    }

    [Fact]
    public void Scan_WithAPrefix_VisitsItsKeysOnly()
    {
        Assert.Equal(["b1", "b2", "b3"], Keys(new ScanOptions { Prefix = "b"u8 }));
        Assert.Equal(["b3", "b2", "b1"], Keys(new ScanOptions { Prefix = "b"u8, Reverse = true }));
        Assert.Equal(["b2"], Keys(new ScanOptions { Prefix = "b"u8, LowerBound = "b2"u8, UpperBound = "b3"u8 }));
        Assert.Empty(Keys(new ScanOptions { Prefix = "bb"u8 }));
    }

    [Fact]
    public void Scan_WithAPrefixOfHighBytes_FindsItsEnd()
    {
        _family.Put([0xff, 0xff, 1], "last"u8);
        var count = 0;
        foreach (var row in _family.Scan(new ScanOptions { Prefix = [0xff, 0xff] })) count += Text(row.Value) == "last" ? 1 : 100;
        Assert.Equal(1, count);
    }

    [Fact]
    public void Row_OfAScan_HasKeyAndValue()
    {
        foreach (var row in _family.Scan(new ScanOptions { Prefix = "c"u8 }))
        {
            Assert.Equal("c1", Text(row.Key));
            Assert.Equal("value of c1", Text(row.Value));
        }
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 300)]
    public void Scan_OverManyPages_VisitsEveryRowOnce(bool reverse, int pageSizeBytes)
    {
        var large = _backend.CreateColumnFamily("large");
        var expected = Enumerable.Range(0, 20_000).Select(number => number.ToString("D8", CultureInfo.InvariantCulture)).ToList();
        using (var batch = new WriteBatch())
        {
            foreach (var key in expected) batch.Put(large, Bytes(key), Bytes(key + key));
            _backend.Write(batch);
        }

        if (reverse) expected.Reverse();
        var seen = new List<string>();
        foreach (var row in large.Scan(new ScanOptions { Reverse = reverse, PageSizeBytes = pageSizeBytes, SkipCache = true }))
        {
            Assert.True(row.Value.StartsWith(row.Key));
            seen.Add(Text(row.Key));
        }

        Assert.Equal(expected, seen);
    }

    [Fact]
    public void Scan_WithARowLargerThanAPage_VisitsIt()
    {
        var value = new byte[3 << 20];
        new Random(3).NextBytes(value);
        _family.Put("b15"u8, value);
        var sizes = new List<int>();
        foreach (var row in _family.Scan(new ScanOptions { Prefix = "b"u8, PageSizeBytes = 128 }))
        {
            sizes.Add(row.Value.Length);
            if (row.Value.Length == value.Length) Assert.True(row.Value.SequenceEqual(value));
        }

        Assert.Equal([11, value.Length, 11, 11], sizes);
    }

    [Fact]
    public void Scan_OfAnEmptyFamily_VisitsNothing()
    {
        foreach (var row in _backend.ColumnFamily("operator_state").Scan()) Assert.Fail($"There is a row {Text(row.Key)}.");
        using var scan = _backend.ColumnFamily("operator_state").Scan();
        Assert.False(scan.MoveNext());
        Assert.False(scan.MoveNext());
    }

    [Fact]
    public void Scan_WhileRowsChange_SeesTheMomentItBegan()
    {
        using var scan = _family.Scan();
        _family.Put("a0"u8, "new"u8);
        _family.Delete("c1"u8);
        var count = 0;
        while (scan.MoveNext()) count++;
        Assert.Equal(6, count);
    }

    [Fact]
    public void Scan_ThroughASnapshot_SeesThePast()
    {
        using var snapshot = _backend.CreateSnapshot();
        _family.DeleteRange("a"u8, "z"u8);
        Assert.Empty(Keys(default));
        Assert.Equal(6, Keys(new ScanOptions { Snapshot = snapshot }).Count);
    }

    [Fact]
    public void Seek_ForwardsAndBack_MovesToTheKey()
    {
        var scan = _family.Scan();
        scan.Seek("b2"u8);
        Assert.Equal("b2", Next(ref scan));
        scan.Seek("a15"u8);
        Assert.Equal("a2", Next(ref scan));
        Assert.Equal("b1", Next(ref scan));
        scan.Dispose();
    }

    [Fact]
    public void Seek_InReverse_MovesToTheKeyOrTheOneBefore()
    {
        var scan = _family.Scan(new ScanOptions { Reverse = true });
        scan.Seek("b25"u8);
        Assert.Equal("b2", Next(ref scan));
        Assert.Equal("b1", Next(ref scan));
        scan.Seek("a"u8);
        Assert.False(scan.MoveNext());
        scan.Dispose();
    }

    [Fact]
    public void Scans_InsideEachOther_DoNotMix()
    {
        var pairs = 0;
        foreach (var outer in _family.Scan(new ScanOptions { Prefix = "a"u8 }))
        {
            foreach (var inner in _family.Scan(new ScanOptions { Prefix = "b"u8 }))
            {
                Assert.Equal((byte)'a', outer.Key[0]);
                Assert.Equal((byte)'b', inner.Key[0]);
                pairs++;
            }
        }

        Assert.Equal(6, pairs);
    }

    [Fact]
    public void Scan_LeftEarly_FreesItsIterator()
    {
        foreach (var row in _family.Scan())
        {
            if (Text(row.Key) == "a2") break;
        }

        Assert.Equal(0UL, RocksDB.Interop.LibraryHandshake.LiveObjects().iterators);
    }

    [Fact]
    public void Scan_DisposedThroughACopy_DoesNotEndTheNextOne()
    {
        var scan = _family.Scan();
        var copy = scan;
        scan.Dispose();
        using var next = _family.Scan();
        copy.Dispose();
        Assert.True(next.MoveNext());
        var refused = false;
        try
        {
            copy.MoveNext();
        }
        catch (ObjectDisposedException)
        {
            refused = true;
        }

        Assert.True(refused);
    }

    [Fact]
    public void Scan_WithImpossibleOptions_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _family.Scan(new ScanOptions { PageSizeBytes = -1 }));
        Assert.Throws<ArgumentException>(() => _family.Scan(new ScanOptions { Prefix = new byte[65537] }));
    }

    protected override void Dispose(bool disposing)
    {
        _backend.Dispose();
        base.Dispose(disposing);
    }

    private static string Next(ref RowScan scan) => scan.MoveNext() ? Text(scan.Current.Key) : "end";

    private List<string> Keys(ScanOptions options)
    {
        var keys = new List<string>();
        foreach (var row in _family.Scan(options)) keys.Add(Text(row.Key));
        return keys;
    }
}
