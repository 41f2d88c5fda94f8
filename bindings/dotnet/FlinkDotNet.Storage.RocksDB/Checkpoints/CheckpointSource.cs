using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A store to open a backend from: the backend's own, or one that is opened for it and given up afterwards.</summary>
internal readonly struct CheckpointSource(CheckpointStoreHandle handle, bool isOwn) : IDisposable
{
    /// <summary>Gets the store.</summary>
    public CheckpointStoreHandle Handle { get; } = handle;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!isOwn) Handle.Dispose();
    }
}
