using FlinkDotNet.Storage.RocksDB.Interop;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What a backend opens with in the place of what its folder holds.</summary>
internal abstract class OpenedFrom
{
    /// <summary>Gets the name of the activity.</summary>
    public abstract string Operation { get; }

    /// <summary>Refuses what nothing can come of.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it as a configuration does.</exception>
    public abstract void Check();

    /// <summary>Opens the backend and says which checkpoint it came from, the greatest id of several; null when it came from none.</summary>
    public abstract BackendHandle Open(CheckpointRuns runs, RocksDBOptions options, ReadOnlySpan<byte> document, ResourcesHandle? resources, out long? id);

    /// <summary>Logs what it was.</summary>
    public abstract void Report(ILogger logger, string dataDirectory, long? id);
}
