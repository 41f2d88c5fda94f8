namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>Operations on keyed state; the numbers of <c>benches/keyed/keyed.h</c>.</summary>
internal enum KeyedOperation
{
    ValueGet,
    ValueUpdate,
    ValueReadModifyWrite,
    ValueGetTtl,
    ValueGetTtlRead,
    SumAdd,
    ListAdd,
    ListAddAll,
    ListUpdate,
    ListGet,
    ListGetTtl,
    ListIterate,
    MapGet,
    MapGetTtl,
    MapContains,
    MapPut,
    MapPutAll,
    MapIsEmpty,
    MapKeysOf,
    MapIterate,
    LargeMapIterate,
    TimersSoon,
    TimersStanding,
}
