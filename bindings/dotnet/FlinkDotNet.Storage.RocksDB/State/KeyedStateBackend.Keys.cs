using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>
/// Walks over all keys of this backend. They come page by page, each once, in the order of their key groups; each enumeration shows the
/// state as it was when it began, so that keys may be changed and cleared meanwhile.
/// </content>
public sealed partial class KeyedStateBackend<TKey>
{
    /// <summary>Enumerates the keys that have something in the void namespace of a state.</summary>
    /// <param name="stateName">Name of the state, which must have been opened.</param>
    /// <returns>The keys.</returns>
    /// <exception cref="StateNotFoundException">The state has not been opened.</exception>
    public IEnumerable<TKey> GetKeys(string stateName) => Keys(_states.Open(stateName), []);

    /// <summary>Enumerates the keys that have something in a namespace of a state.</summary>
    /// <typeparam name="TNamespace">Type of the namespace.</typeparam>
    /// <param name="stateName">Name of the state, which must have been opened.</param>
    /// <param name="value">The namespace.</param>
    /// <param name="serializer">Serializer of the namespace; null for that of its type.</param>
    /// <returns>The keys.</returns>
    /// <exception cref="StateNotFoundException">The state has not been opened.</exception>
    public IEnumerable<TKey> GetKeys<TNamespace>(string stateName, TNamespace value, IStateSerializer<TNamespace>? serializer = null) =>
        Keys(_states.Open(stateName), NamespaceBytes(value, serializer));

    /// <summary>Enumerates the keys and namespaces in which a state has something.</summary>
    /// <typeparam name="TNamespace">Type of the namespaces.</typeparam>
    /// <param name="stateName">Name of the state, which must have been opened.</param>
    /// <param name="serializer">Serializer of a namespace; null for that of its type.</param>
    /// <returns>The pairs.</returns>
    /// <exception cref="StateNotFoundException">The state has not been opened.</exception>
    public IEnumerable<(TKey Key, TNamespace Namespace)> GetKeysAndNamespaces<TNamespace>(
        string stateName, IStateSerializer<TNamespace>? serializer = null) =>
        KeysAndNamespaces(_states.Open(stateName), NamespaceCodec(serializer));

    /// <summary>
    /// Calls a function for every key that has something in the void namespace of a state, with that key as the current one. Afterwards the
    /// current key and namespace are what they were.
    /// </summary>
    /// <typeparam name="TState">Type of the state.</typeparam>
    /// <param name="state">A state of this backend.</param>
    /// <param name="function">What to do; it may change and clear any state of any key.</param>
    public void ApplyToAllKeys<TState>(TState state, Action<TKey, TState> function)
        where TState : RocksDBState => Apply(state, [], function);

    /// <summary>
    /// Calls a function for every key that has something in a namespace of a state, with that key and namespace as the current ones.
    /// Afterwards they are what they were.
    /// </summary>
    /// <typeparam name="TNamespace">Type of the namespace.</typeparam>
    /// <typeparam name="TState">Type of the state.</typeparam>
    /// <param name="value">The namespace.</param>
    /// <param name="state">A state of this backend.</param>
    /// <param name="function">What to do; it may change and clear any state of any key.</param>
    /// <param name="serializer">Serializer of the namespace; null for that of its type.</param>
    public void ApplyToAllKeys<TNamespace, TState>(
        TNamespace value, TState state, Action<TKey, TState> function, IStateSerializer<TNamespace>? serializer = null)
        where TState : RocksDBState => Apply(state, NamespaceBytes(value, serializer), function);

    private static byte[] NamespaceBytes<TNamespace>(TNamespace value, IStateSerializer<TNamespace>? serializer)
    {
        using var encoded = NamespaceCodec(serializer).Encode(value, stackalloc byte[Codec<TNamespace>.StackBytes]);
        return encoded.Bytes.ToArray();
    }

    private IEnumerable<TKey> Keys(RocksDBState state, byte[] nameSpace)
    {
        var cursor = OpenKeys(state, nameSpace);
        var version = cursor.Version;
        try
        {
            while (cursor.MoveNext(version)) yield return KeyCodec.Decode(cursor.Key);
        }
        finally
        {
            cursor.Close(version);
        }
    }

    private IEnumerable<(TKey Key, TNamespace Namespace)> KeysAndNamespaces<TNamespace>(RocksDBState state, Codec<TNamespace> codec)
    {
        var cursor = StateScanCursor.Open(state.Handle, NativeMethods.FSB_SCAN_KEYS_AND_NAMESPACES);
        var version = cursor.Version;
        try
        {
            while (cursor.MoveNext(version)) yield return (KeyCodec.Decode(cursor.Key), codec.Decode(cursor.Value));
        }
        finally
        {
            cursor.Close(version);
        }
    }

    private StateScanCursor OpenKeys(RocksDBState state, byte[] nameSpace)
    {
        using var detour = _context.Detour();
        detour.To(nameSpace);
        return StateScanCursor.Open(state.Handle, NativeMethods.FSB_SCAN_KEYS);
    }

    private void Apply<TState>(TState state, byte[] nameSpace, Action<TKey, TState> function)
        where TState : RocksDBState
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(function);
        if (!ReferenceEquals(_states.Open(state.Name), state))
        {
            throw new ArgumentException($"The state '{state.Name}' belongs to another keyed backend.", nameof(state));
        }

        using var key = KeepCurrentKey();
        var before = _context.Namespace.ToArray();
        _context.SetNamespace(nameSpace);
        try
        {
            foreach (var present in Keys(state, nameSpace))
            {
                SetCurrentKey(present);
                function(present, state);
            }
        }
        finally
        {
            _context.SetNamespace(before);
        }
    }
}
