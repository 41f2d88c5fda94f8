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
