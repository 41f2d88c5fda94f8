using FlinkDotNet.Core.Abstractions.Models.State;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Makes FLINK.NET's descriptors with the serializers of <see cref="StateSerializers"/>.</summary>
public static class StateDescriptors
{
    /// <summary>Declares a value state.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="name">Name of the state.</param>
    /// <param name="defaultValue">What a key without a value answers.</param>
    /// <returns>The descriptor.</returns>
    public static ValueStateDescriptor<T> Value<T>(string name, T? defaultValue = default) => new(name, StateSerializers.Get<T>(), defaultValue);

    /// <summary>Declares a list state.</summary>
    /// <typeparam name="T">Type of the elements.</typeparam>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static ListStateDescriptor<T> List<T>(string name) => new(name, StateSerializers.Get<T>());

    /// <summary>Declares a map state.</summary>
    /// <typeparam name="TK">Type of the map's keys.</typeparam>
    /// <typeparam name="TV">Type of the map's values.</typeparam>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static MapStateDescriptor<TK, TV> Map<TK, TV>(string name) => new(name, StateSerializers.Get<TK>(), StateSerializers.Get<TV>());
}
