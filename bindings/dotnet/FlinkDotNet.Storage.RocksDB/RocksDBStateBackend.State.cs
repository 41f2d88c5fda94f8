using FlinkDotNet.Core.Abstractions.Models.State;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>Keyed state and operator state.</content>
public partial class RocksDBStateBackend
{
    private readonly StateRegistry _operatorStates = new();

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
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxParallelism);
        serializer ??= StateSerializers.Get<TKey>();
        var handle = _handle.OpenKeyed(StateDocument.Keyed(options, serializer.TypeId));
        return new KeyedStateBackend<TKey>(handle, options, serializer, keyHash, _logger);
    }

    /// <summary>
    /// Gets a list of the operator, without a key, whose elements are split among the subtasks when the parallelism changes. It is owned by
    /// the backend and belongs to one thread at a time; the same name gives the same object.
    /// </summary>
    /// <typeparam name="T">Type of the elements.</typeparam>
    /// <param name="descriptor">Declaration of the state.</param>
    /// <returns>The state.</returns>
    /// <exception cref="StateMismatchException">The name is registered with another kind or type.</exception>
    public RocksDBListState<T> GetOperatorListState<T>(ListStateDescriptor<T> descriptor) => OperatorList(descriptor, "list");

    /// <summary>
    /// Gets a list of the operator, without a key, of which every subtask gets all elements when the parallelism changes. It is owned by the
    /// backend and belongs to one thread at a time; the same name gives the same object.
    /// </summary>
    /// <typeparam name="T">Type of the elements.</typeparam>
    /// <param name="descriptor">Declaration of the state.</param>
    /// <returns>The state.</returns>
    /// <exception cref="StateMismatchException">The name is registered with another kind or type.</exception>
    public RocksDBListState<T> GetUnionListState<T>(ListStateDescriptor<T> descriptor) => OperatorList(descriptor, "union");

    /// <summary>
    /// Gets a map of the operator, without a key, that is the same in every subtask. It is owned by the backend and belongs to one thread at
    /// a time; the same name gives the same object.
    /// </summary>
    /// <typeparam name="TK">Type of the map's keys.</typeparam>
    /// <typeparam name="TV">Type of the map's values.</typeparam>
    /// <param name="descriptor">Declaration of the state.</param>
    /// <returns>The state.</returns>
    /// <exception cref="StateMismatchException">The name is registered with another kind or type.</exception>
    public RocksDBMapState<TK, TV> GetBroadcastState<TK, TV>(MapStateDescriptor<TK, TV> descriptor)
        where TK : notnull
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        lock (_operatorStates)
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return _operatorStates.OpenMap(descriptor, options: null, "broadcast", _handle.OpenOperatorState);
        }
    }

    private RocksDBListState<T> OperatorList<T>(ListStateDescriptor<T> descriptor, string kind)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        lock (_operatorStates)
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return _operatorStates.OpenList(descriptor, options: null, kind, _handle.OpenOperatorState);
        }
    }
}
