namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Where a savepoint goes: lends the memory into which the library writes, and takes along what was written.</summary>
internal interface ISavepointSink
{
    /// <summary>Memory for the next bytes, at least one.</summary>
    Memory<byte> Lend();

    /// <summary>Takes the first bytes of what was lent along, and ends when more may come.</summary>
    ValueTask TakeAsync(int length, CancellationToken cancellationToken);

    /// <summary>All of the savepoint was taken along.</summary>
    ValueTask EndAsync(CancellationToken cancellationToken);
}
