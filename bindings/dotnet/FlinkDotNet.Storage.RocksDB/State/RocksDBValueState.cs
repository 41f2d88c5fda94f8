using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FlinkDotNet.Core.Abstractions.Models.State;
using FlinkDotNet.Core.Abstractions.States;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// One value for each key and namespace. Reading and updating a value of a built-in type without text or bytes allocates nothing.
/// </summary>
/// <typeparam name="T">Type of the value.</typeparam>
public sealed class RocksDBValueState<T> : RocksDBState, IValueState<T>
{
    private readonly Codec<T> _codec;
    private readonly T? _default;
    private readonly byte[]? _copyOfDefault;

    /// <summary>Initializes a new instance of the <see cref="RocksDBValueState{T}"/> class.</summary>
    internal RocksDBValueState(ValueStateDescriptor<T> descriptor, in Codec<T> codec, bool hasDefault, StateHandle handle)
        : base(descriptor.Name, handle)
    {
        _codec = codec;
        _default = hasDefault ? descriptor.DefaultValue : default;
        if (IsMutable && _default is not null) _copyOfDefault = CopyOf(_default);
    }

    /// <summary>Gets a value indicating whether a caller could change a default that is handed out.</summary>
    private static bool IsMutable => RuntimeHelpers.IsReferenceOrContainsReferences<T>() && typeof(T) != typeof(string);

    /// <summary>
    /// Reads the value. A key without one has the default of the descriptor, or, when the state has a time-to-live, none.
    /// </summary>
    /// <returns>The value, or the default.</returns>
    public T? Value()
    {
        if (TryGet(out var value)) return value;
        return _copyOfDefault is null ? _default : _codec.Decode(_copyOfDefault);
    }

    /// <summary>Reads the value, if there is one; the default of the descriptor is not asked.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet([MaybeNullWhen(false)] out T value) => TryRead(_codec, out value);

    /// <summary>Replaces the value; null removes it.</summary>
    /// <param name="value">The new value.</param>
    public void Update(T value)
    {
        if (value is null) Clear();
        else Write(_codec, value);
    }

    private byte[] CopyOf(T value)
    {
        using var encoded = _codec.Encode(value, new byte[Codec<T>.StackBytes]);
        return encoded.Bytes.ToArray();
    }
}
