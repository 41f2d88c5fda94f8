namespace FlinkDotNet.Storage.RocksDB;

/// <content>Keyed state.</content>
public partial class RocksDBStateBackend
{
    /// <summary>Opens keyed state over a range of key groups, which no other keyed backend of this backend may have at the same time.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="options">Options; null for all key groups of a max parallelism of 128.</param>
    /// <param name="serializer">Serializer of the keys; null for that of their type.</param>
    /// <param name="keyHash">
    /// A hash of a key, the same in every process, that decides its key group as <c>hashCode</c> does in Flink: see
    /// <see cref="JavaHashCode"/>. Default null, the library's own hash of the key's bytes. Stay with one or the other for the life of the
    /// state.
    /// </param>
    /// <returns>The keyed backend, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or the key type has no serializer.</exception>
    /// <exception cref="StateMismatchException">The folder holds keyed state of another max parallelism or key type.</exception>
    /// <exception cref="StateBackendException">An open keyed backend has some of the key groups.</exception>
    public KeyedStateBackend<TKey> CreateKeyedStateBackend<TKey>(
        KeyedStateBackendOptions? options = null, IStateSerializer<TKey>? serializer = null, Func<TKey, int>? keyHash = null)
        where TKey : notnull
    {
        options ??= new KeyedStateBackendOptions();
        serializer ??= StateSerializers.Get<TKey>();
        var handle = _handle.OpenKeyed(StateDocument.Keyed(options, serializer.TypeId));
        return new KeyedStateBackend<TKey>(handle, options, serializer, keyHash, _logger);
    }
}
