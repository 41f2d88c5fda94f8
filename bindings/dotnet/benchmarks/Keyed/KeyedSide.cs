using FlinkDotNet.Core.Abstractions.Models.State;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>
/// Our C# API on keyed state, with the fastest that it has for each operation. Each runs over the whole sequence and returns a checksum of
/// what it read, which the engine compares with that of the other sides.
/// </summary>
internal sealed partial class KeyedSide : IDisposable
{
    private static readonly IStateSerializer<long> Numbers = StateSerializers.Get<long>();
    private static readonly StateOptions WithTtl = new() { TimeToLive = StateTtlConfig.NewBuilder(TimeSpan.FromDays(1)).Build() };

    private static readonly StateOptions WithTtlOnRead = new()
    {
        TimeToLive = StateTtlConfig.NewBuilder(TimeSpan.FromDays(1)).UpdateTtlOnReadAndWrite().Build(),
    };

    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBColumnFamily _family;
    private readonly KeyedStateBackend<long> _keyed;

    public KeyedSide(string folder, ulong cacheBytes)
    {
        // FLINK.NET collects statistics by default; no other side of the comparison does.
        var options = new RocksDBOptions { DataDirectory = folder, Wal = WalMode.Disabled, EnableStatistics = false };
        _backend = new RocksDBStateBackend(options, NullLogger.Instance);
        _family = _backend.ColumnFamily("user_state");
        _keyed = _backend.CreateKeyedStateBackend<long>(new KeyedStateBackendOptions { RowCacheSize = cacheBytes });
        (_value, _valueTtl, _valueTtlRead) = (Value("value"), Value("value_ttl", WithTtl), Value("value_ttl_read", WithTtlOnRead));
        _sum = _keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64("sum"));
        (_list, _listTtl, _longList) = (List("list"), List("list_ttl", WithTtl), List("long_list"));
        (_map, _mapTtl, _largeMap) = (Map("map"), Map("map_ttl", WithTtl), Map("large_map"));
        (_soon, _standing, _warm) = (Timers("soon"), Timers("standing"), Timers("warm"));
    }

    /// <summary>Flushes and compacts the rows.</summary>
    public void Settle()
    {
        _family.Flush();
        _family.Compact();
    }

    public void Dispose()
    {
        _keyed.Dispose();
        _backend.Dispose();
    }

    private RocksDBValueState<long> Value(string name, StateOptions? options = null) =>
        _keyed.GetValueState(new ValueStateDescriptor<long>(name, Numbers), options);

    private RocksDBListState<long> List(string name, StateOptions? options = null) =>
        _keyed.GetListState(new ListStateDescriptor<long>(name, Numbers), options);

    private RocksDBMapState<long, long> Map(string name, StateOptions? options = null) =>
        _keyed.GetMapState(new MapStateDescriptor<long, long>(name, Numbers, Numbers), options);

    private RocksDBTimerService<long, NoWindow> Timers(string name) => _keyed.CreateTimerService(name, _fired, NoWindow.Instance);
}
