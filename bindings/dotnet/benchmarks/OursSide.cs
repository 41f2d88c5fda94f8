using Microsoft.Extensions.Logging.Abstractions;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>Our C# API: spans, values into the caller's memory, one reused batch and multi-get. All options are the defaults of the C side.</summary>
internal sealed class OursSide : IComparedSide
{
    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBColumnFamily _readFamily;
    private readonly RocksDBColumnFamily _writeFamily;
    private readonly BoundaryCall _boundary;
    private readonly WriteBatch _batch = new();
    private readonly MultiGet _keys = new();

    public OursSide(string folder, bool wal)
    {
        // FLINK.NET collects statistics by default; no other side of the comparison does.
        var options = new RocksDBOptions { DataDirectory = folder, Wal = wal ? WalMode.Enabled : WalMode.Disabled, EnableStatistics = false };
        _backend = new RocksDBStateBackend(options, NullLogger.Instance);
        _readFamily = _backend.ColumnFamily(Workload.ReadFamily);
        _writeFamily = _backend.ColumnFamily(Workload.WriteFamily);
        _boundary = new BoundaryCall(_writeFamily);
    }

    public ulong Boundary(in Sequence sequence)
    {
        ulong sum = 0;
        for (var call = 0; call < sequence.Count; call++) sum += _boundary.Invoke();
        return sum;
    }

    public ulong Get(in Sequence sequence)
    {
        ulong sum = 0;
        Span<byte> value = stackalloc byte[Workload.ValueBytes * 2];
        for (var at = 0; at < sequence.Count; at++)
        {
            if (_readFamily.TryGet(sequence.Key(at), value, out var length) == ReadResult.Found) sum += Workload.Touch(value[..length]);
        }

        return sum;
    }

    public ulong Contains(in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            if (_readFamily.Contains(sequence.Key(at))) sum++;
        }

        return sum;
    }

    public ulong MultiGet(in Sequence sequence)
    {
        ulong sum = 0;
        for (var first = 0; first < sequence.Count; first += Workload.MultiGetKeys)
        {
            _keys.Clear();
            for (var at = first; at < first + Workload.MultiGetKeys; at++) _keys.Add(sequence.Key(at));
            _readFamily.MultiGet(_keys);
            for (var index = 0; index < Workload.MultiGetKeys; index++)
            {
                if (_keys.TryGetValue(index, out var value)) sum += Workload.Touch(value);
            }
        }

        return sum;
    }

    public ulong Scan()
    {
        ulong sum = 0;
        foreach (var row in _readFamily.Scan()) sum += Workload.Touch(row.Key) + Workload.Touch(row.Value);
        return sum;
    }

    public ulong Put(in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++) _writeFamily.Put(sequence.Key(at), sequence.Value(at));
        return (ulong)sequence.Count;
    }

    public ulong WriteBatch(in Sequence sequence)
    {
        for (var first = 0; first < sequence.Count; first += Workload.BatchRows)
        {
            _batch.Clear();
            for (var at = first; at < first + Workload.BatchRows; at++) _batch.Put(_writeFamily, sequence.Key(at), sequence.Value(at));
            _backend.Write(_batch);
        }

        return (ulong)sequence.Count;
    }

    public void Settle()
    {
        _writeFamily.Flush();
        _writeFamily.Compact();
    }

    public void Dispose()
    {
        _batch.Dispose();
        _keys.Dispose();
        _backend.Dispose();
    }
}
