namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>Operations on plain column families; the numbers of <c>benches/plain.h</c>.</summary>
internal enum PlainOperation
{
    Boundary,
    Get,
    Contains,
    MultiGet,
    Scan,
    Put,
    WriteBatch,
}
