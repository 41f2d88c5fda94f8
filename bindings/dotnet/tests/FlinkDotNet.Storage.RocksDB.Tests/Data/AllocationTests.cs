using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Data;

/// <summary>The data path allocates nothing on the managed heap, once warm.</summary>
public sealed class AllocationTests : BackendTest
{
    private const int Rounds = 2000;

    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBColumnFamily _family;
    private readonly byte[] _value = new byte[200];
    private long _seen;

    public AllocationTests()
    {
        _backend = Open();
        _family = _backend.ColumnFamily("user_state");
        for (var number = 0; number < 1000; number++) _family.Put(BitConverter.GetBytes(number), _value);
    }

    [Fact]
    public void Put_PerCall_AllocatesNothing() => AssertNothingAllocated(() => _family.Put("key"u8, _value));

    [Fact]
    public void Delete_PerCall_AllocatesNothing() => AssertNothingAllocated(() => _family.Delete("key"u8));

    [Fact]
    public void TryGet_OfHitAndMiss_AllocatesNothing() => AssertNothingAllocated(() =>
    {
        Span<byte> destination = stackalloc byte[256];
        _family.TryGet([1, 0, 0, 0], destination, out var hit);
        _family.TryGet("absent"u8, destination, out var miss);
        _family.TryGet([1, 0, 0, 0], default, out var needed);
        _seen += hit + miss + needed;
    });

    [Fact]
    public void Contains_PerCall_AllocatesNothing() => AssertNothingAllocated(() => _seen += _family.Contains([1, 0, 0, 0]) ? 1 : 0);

    [Fact]
    public void PinnedValue_PerCall_AllocatesNothing() => AssertNothingAllocated(() =>
    {
        using var pinned = _family.TryGetPinned([1, 0, 0, 0]);
        _seen += pinned.Value.Length;
    });

    [Fact]
    public void MultiGet_UsedAgain_AllocatesNothing()
    {
        using var keys = new MultiGet();
        AssertNothingAllocated(() =>
        {
            keys.Clear();
            Span<byte> key = stackalloc byte[4];
            for (var number = 0; number < 100; number++)
            {
                BitConverter.TryWriteBytes(key, number);
                keys.Add(key);
            }

            _family.MultiGet(keys);
            for (var number = 0; number < 100; number++) _seen += keys.TryGetValue(number, out var value) ? value.Length : 0;
        });
    }

    [Fact]
    public void WriteBatch_UsedAgain_AllocatesNothing()
    {
        using var batch = new WriteBatch();
        AssertNothingAllocated(() =>
        {
            batch.Clear();
            Span<byte> key = stackalloc byte[4];
            for (var number = 0; number < 10; number++)
            {
                BitConverter.TryWriteBytes(key, number);
                batch.Put(_family, key, _value);
                batch.Delete(_family, "absent"u8);
            }

            _backend.Write(batch);
        });
    }

    [Fact]
    public void Scan_OfTheSameThread_AllocatesNothing() => AssertNothingAllocated(() =>
    {
        foreach (var row in _family.Scan(new ScanOptions { LowerBound = [1] })) _seen += row.Key.Length + row.Value.Length;
    }, 20);

    [Fact]
    public void Snapshot_ReadThrough_AllocatesNothing()
    {
        using var snapshot = _backend.CreateSnapshot();
        AssertNothingAllocated(() =>
        {
            Span<byte> destination = stackalloc byte[256];
            _family.TryGet([1, 0, 0, 0], destination, out var length, snapshot);
            _seen += length;
        });
    }

    protected override void Dispose(bool disposing)
    {
        _backend.Dispose();
        base.Dispose(disposing);
    }

    private static void AssertNothingAllocated(Action call, int rounds = Rounds)
    {
        for (var round = 0; round < rounds; round++) call();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < rounds; round++) call();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
