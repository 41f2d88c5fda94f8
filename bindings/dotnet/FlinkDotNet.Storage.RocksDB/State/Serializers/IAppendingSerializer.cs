namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Marks a serializer that learns the size of a value only by making it. It is asked to append at once, because a try in memory that is too
/// small would do the work twice.
/// </summary>
internal interface IAppendingSerializer
{
}
