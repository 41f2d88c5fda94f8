namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The current key before a walk that changes it; disposing makes it the current one again.</summary>
/// <typeparam name="TKey">Type of the key.</typeparam>
internal readonly ref struct KeptKey<TKey>(KeyedStateBackend<TKey> backend, bool hadKey, TKey? key)
    where TKey : notnull
{
    /// <summary>Goes back to the key, or to none.</summary>
    public void Dispose()
    {
        if (hadKey) backend.SetCurrentKey(key!);
        else backend.ClearCurrentKey();
    }
}
