using System.Buffers.Binary;
using System.Text;
using FlinkDotNet.Storage.RocksDB;
using Microsoft.Extensions.Logging.Abstractions;

namespace Flights;

/// <summary>
/// The state of the job in the backend: aggregates in the column family <c>user_state</c>, the position of the stream in
/// <c>operator_state</c>. One batch changes both or neither, so they never contradict each other.
/// </summary>
internal sealed class JobState : IDisposable
{
    private const int PositionBytes = 16;

    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBColumnFamily _userState;
    private readonly RocksDBColumnFamily _operatorState;
    private readonly MultiGet _reads = new();
    private readonly WriteBatch _writes = new();

    /// <summary>Opens the backend on <paramref name="folder"/>, which is created when missing.</summary>
    public JobState(string folder)
    {
        _backend = Open(folder);
        _userState = _backend.ColumnFamily("user_state");
        _operatorState = _backend.ColumnFamily("operator_state");
    }

    public RocksDBStatistics Statistics => _backend.GetStatistics();

    private static ReadOnlySpan<byte> PositionKey => "stream/position"u8;

    /// <summary>The stored position; row 0 of <paramref name="sourceBytes"/> when the state is new.</summary>
    public Position ReadPosition(ulong sourceBytes)
    {
        Span<byte> stored = stackalloc byte[PositionBytes];
        var result = _operatorState.TryGet(PositionKey, stored, out var length);
        if (result == ReadResult.Absent)
            return new Position(0, sourceBytes);
        if (length != PositionBytes)
            throw new FlightsException($"the position in the state is {length} bytes long and should be {PositionBytes}.");
        var row = BinaryPrimitives.ReadUInt64LittleEndian(stored);
        var position = new Position(row, BinaryPrimitives.ReadUInt64LittleEndian(stored[8..]));
        return position.SourceBytes == sourceBytes ? position : throw new FlightsException(
            $"the state belongs to an input of {position.SourceBytes} bytes, this one has {sourceBytes}: use another state folder.");
    }

    /// <summary>Replaces every aggregate of <paramref name="touched"/> by the stored one, all in one call.</summary>
    /// <remarks>A key that the state does not hold keeps what it has.</remarks>
    public void Load(AggregateTable touched)
    {
        var keys = touched.Keys.ToList();
        _reads.Clear();
        foreach (var key in keys)
            _reads.Add(Encoding.UTF8.GetBytes(key));
        _userState.MultiGet(_reads);
        for (var index = 0; index < keys.Count; index++)
        {
            if (_reads.TryGetValue(index, out var value))
                touched[keys[index]] = Unpack(keys[index], value);
        }
    }

    /// <summary>Writes all aggregates of <paramref name="touched"/> and the position in one atomic batch.</summary>
    public void Store(AggregateTable touched, Position position)
    {
        Span<byte> value = stackalloc byte[Aggregate.StoredBytes];
        _writes.Clear();
        foreach (var (key, aggregate) in touched)
        {
            aggregate.Pack(value);
            _writes.Put(_userState, Encoding.UTF8.GetBytes(key), value);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(value, position.Row);
        BinaryPrimitives.WriteUInt64LittleEndian(value[8..], position.SourceBytes);
        _writes.Put(_operatorState, PositionKey, value[..PositionBytes]);
        _backend.Write(_writes);
    }

    /// <summary>Adds every stored aggregate whose key starts with <paramref name="prefix"/> to <paramref name="table"/>.</summary>
    public void Scan(string prefix, AggregateTable table)
    {
        foreach (var row in _userState.Scan(new ScanOptions { Prefix = Encoding.UTF8.GetBytes(prefix) }))
        {
            var key = Encoding.UTF8.GetString(row.Key);
            table[key] = Unpack(key, row.Value);
        }
    }

    public void Dispose()
    {
        _reads.Dispose();
        _writes.Dispose();
        _backend.Dispose();
    }

    /// <summary>Opens with small write buffers, so that this small job flushes and compacts while it runs.</summary>
    private static RocksDBStateBackend Open(string folder)
    {
        var options = new RocksDBOptions
        {
            DataDirectory = folder,
            Wal = WalMode.Enabled,
            ColumnFamilies = ["user_state", "operator_state"],
            WriteBufferSize = 1 << 20,
            BlockCacheSize = 32 << 20,
        };
        try
        {
            return new RocksDBStateBackend(options, NullLogger.Instance);
        }
        catch (InvalidOperationException error)
        {
            throw new FlightsException($"cannot open the state: {error.InnerException?.Message ?? error.Message}");
        }
    }

    private static Aggregate Unpack(string key, ReadOnlySpan<byte> value) => Aggregate.TryUnpack(value, out var aggregate)
        ? aggregate
        : throw new FlightsException($"the value of {key} in the state is not an aggregate of this job.");
}
