using System.Diagnostics.CodeAnalysis;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The serializers of keys whose type is known at run time only, as <see cref="RocksDBRuntimeContext"/> has them. The name of the format is
/// stored with each key, so that 1 and "1" are two keys. Built in are the integers, <c>bool</c>, <c>char</c>, <c>string</c>,
/// <see cref="Guid"/>, <see cref="DateTime"/>, <see cref="DateTimeOffset"/>, <see cref="DateOnly"/> and <c>byte[]</c>; add others before
/// the first key. Not safe for use by several threads while serializers are added.
/// </summary>
public sealed class KeySerializers
{
    private readonly Dictionary<Type, BoxedKeySerializer> _byType = [];
    private readonly Dictionary<string, BoxedKeySerializer> _byTypeId = new(StringComparer.Ordinal);

    /// <summary>Initializes a new instance of the <see cref="KeySerializers"/> class with those built in.</summary>
    public KeySerializers() =>
        AddBuiltIn<bool>().AddBuiltIn<byte>().AddBuiltIn<sbyte>().AddBuiltIn<short>().AddBuiltIn<ushort>().AddBuiltIn<int>().AddBuiltIn<uint>()
            .AddBuiltIn<long>().AddBuiltIn<ulong>().AddBuiltIn<char>().AddBuiltIn<string>().AddBuiltIn<Guid>().AddBuiltIn<DateTime>()
            .AddBuiltIn<DateTimeOffset>().AddBuiltIn<DateOnly>().AddBuiltIn<byte[]>();

    /// <summary>Adds the serializer of a type of keys.</summary>
    /// <typeparam name="TKey">The type; keys of derived types have their own.</typeparam>
    /// <param name="serializer">The serializer.</param>
    /// <returns>This object.</returns>
    /// <exception cref="ArgumentException">The type, or the name of the format, has a serializer already.</exception>
    public KeySerializers Add<TKey>(IStateSerializer<TKey> serializer)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(serializer);
        var boxed = new BoxedKeySerializer<TKey>(serializer);
        if (_byTypeId.ContainsKey(serializer.TypeId)) throw new ArgumentException($"The format '{serializer.TypeId}' is taken.", nameof(serializer));
        if (!_byType.TryAdd(typeof(TKey), boxed)) throw new ArgumentException($"Keys of {typeof(TKey)} have a serializer already.", nameof(serializer));
        _byTypeId.Add(serializer.TypeId, boxed);
        return this;
    }

    /// <summary>Finds the serializer of a key.</summary>
    internal BoxedKeySerializer Of(object key) => _byType.GetValueOrDefault(key.GetType())
        ?? throw new ArgumentException($"Keys of {key.GetType()} have no serializer: add one to {nameof(KeySerializers)}.");

    /// <summary>Finds the serializer of a format.</summary>
    internal bool TryGet(string typeId, [MaybeNullWhen(false)] out BoxedKeySerializer serializer) => _byTypeId.TryGetValue(typeId, out serializer);

    private KeySerializers AddBuiltIn<TKey>()
        where TKey : notnull => Add(StateSerializers.Get<TKey>());
}
