using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A block cache, a memtable budget and a rate limiter that several backends share, so that one figure bounds the memory of a task manager.
/// Open the backends with it; it may be disposed before or after them. Usable from any thread.
/// </summary>
public sealed class SharedResources : IDisposable
{
    /// <summary>Initializes a new instance of the <see cref="SharedResources"/> class.</summary>
    /// <param name="blockCacheSize">Size of the block cache.</param>
    /// <param name="writeBufferManagerSize">Memory that all memtables may take together, charged to the block cache; 0 is no limit.</param>
    /// <param name="rateLimiterBytesPerSecond">Bytes per second that flushes and compactions may write together; 0 is no limit.</param>
    /// <exception cref="ArgumentException">A size is out of its range.</exception>
    /// <exception cref="StateBackendLibraryException">The native library could not be loaded.</exception>
    public SharedResources(ByteSize blockCacheSize, ByteSize writeBufferManagerSize = default, ByteSize rateLimiterBytesPerSecond = default)
    {
        Handle = ResourcesHandle.Create(OptionsDocument.Resources(blockCacheSize, writeBufferManagerSize, rateLimiterBytesPerSecond));
    }

    /// <summary>Gets the native object.</summary>
    internal ResourcesHandle Handle { get; }

    /// <summary>Gives the resources up; backends that use them keep them.</summary>
    public void Dispose() => Handle.Dispose();
}
