using System.Buffers;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Where a savepoint comes from: lends the memory that the library reads.</summary>
internal interface ISavepointSource
{
    /// <summary>The next bytes, lent until <see cref="AdvanceTo"/>; none at the end.</summary>
    ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Takes back what was lent: what lies before the position has been read.</summary>
    void AdvanceTo(SequencePosition position);
}
