using FlinkDotNet.Core.Abstractions.Models.State;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>
/// The five kinds of state. A handle may be taken at any time, also before there is a current key, and serves all keys. The same name gives
/// the same object.
/// </content>
public sealed partial class KeyedStateBackend<TKey>
{
    private readonly StateRegistry _states = new();

    /// <summary>Gets a value state.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="descriptor">Declaration of the state.</param>
    /// <param name="options">What it has beside the descriptor; null for nothing.</param>
    /// <returns>The state.</returns>
    /// <exception cref="StateMismatchException">The name is registered with another kind, type or time-to-live.</exception>
    public RocksDBValueState<T> GetValueState<T>(ValueStateDescriptor<T> descriptor, StateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return _states.Known<RocksDBValueState<T>>(descriptor, options) ?? OpenValueState(descriptor, options);
    }

    /// <summary>Gets a list state.</summary>
    /// <typeparam name="T">Type of the elements.</typeparam>
    /// <param name="descriptor">Declaration of the state.</param>
    /// <param name="options">What it has beside the descriptor; null for nothing.</param>
    /// <returns>The state.</returns>
    /// <exception cref="StateMismatchException">The name is registered with another kind, type or time-to-live.</exception>
    public RocksDBListState<T> GetListState<T>(ListStateDescriptor<T> descriptor, StateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return _states.Known<RocksDBListState<T>>(descriptor, options) ?? _states.OpenList(descriptor, options, "list", _handle.OpenState);
    }

    /// <summary>Gets a map state.</summary>
    /// <typeparam name="TK">Type of the map's keys.</typeparam>
    /// <typeparam name="TV">Type of the map's values.</typeparam>
    /// <param name="descriptor">Declaration of the state.</param>
    /// <param name="options">What it has beside the descriptor; null for nothing.</param>
    /// <returns>The state.</returns>
    /// <exception cref="StateMismatchException">The name is registered with another kind, type or time-to-live.</exception>
    public RocksDBMapState<TK, TV> GetMapState<TK, TV>(MapStateDescriptor<TK, TV> descriptor, StateOptions? options = null)
        where TK : notnull
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return _states.Known<RocksDBMapState<TK, TV>>(descriptor, options) ?? _states.OpenMap(descriptor, options, "map", _handle.OpenState);
    }

    /// <summary>Gets a reducing state.</summary>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <param name="descriptor">Declaration of the state.</param>
    /// <param name="options">What it has beside the descriptor; null for nothing.</param>
    /// <returns>The state.</returns>
    /// <exception cref="StateMismatchException">The name is registered with another kind, type or time-to-live.</exception>
    public RocksDBReducingState<T> GetReducingState<T>(ReducingStateDescriptor<T> descriptor, StateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return _states.Known<RocksDBReducingState<T>>(descriptor, options)
            ?? _states.GetOrOpen(descriptor, options, descriptor.Declaration, _handle.OpenState, handle => descriptor.Make(_context, handle));
    }

    /// <summary>Gets an aggregating state.</summary>
    /// <typeparam name="TIn">Type of what is added.</typeparam>
    /// <typeparam name="TOut">Type of the result.</typeparam>
    /// <param name="descriptor">Declaration of the state.</param>
    /// <param name="options">What it has beside the descriptor; null for nothing.</param>
    /// <returns>The state.</returns>
    /// <exception cref="StateMismatchException">The name is registered with another kind, type or time-to-live.</exception>
    public RocksDBAggregatingState<TIn, TOut> GetAggregatingState<TIn, TOut>(
        AggregatingStateDescriptor<TIn, TOut> descriptor, StateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return _states.Known<RocksDBAggregatingState<TIn, TOut>>(descriptor, options)
            ?? _states.GetOrOpen(descriptor, options, descriptor.Declaration, _handle.OpenState, handle => descriptor.Make(_context, handle));
    }

    /// <summary>
    /// Drops a state: its registration, and its rows of the key groups of this backend. The name is free for another state; what was taken
    /// of the old one cannot be used any more.
    /// </summary>
    /// <param name="name">Name of the state.</param>
    /// <exception cref="StateNotFoundException">No state of that name is registered.</exception>
    public void DropState(string name)
    {
        _states.Close(name);
        _handle.DropState(name);
    }

    private RocksDBValueState<T> OpenValueState<T>(ValueStateDescriptor<T> descriptor, StateOptions? options)
    {
        var codec = new Codec<T>(StateSerializers.From(descriptor.Serializer), $"value of the state '{descriptor.Name}'");
        return _states.GetOrOpen(
            descriptor,
            options,
            new StateDeclaration(descriptor.Name, "value", codec.TypeId),
            _handle.OpenState,
            handle => new RocksDBValueState<T>(descriptor, codec, hasDefault: options?.TimeToLive is null, handle));
    }
}
