using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FlinkDotNet.Core.Abstractions.States;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A map for each key and namespace, or, as broadcast state, one for the operator. Values may be null, keys may not. Point access with keys
/// and values of built-in types without text or bytes allocates nothing.
/// </summary>
/// <typeparam name="TK">Type of the map's keys.</typeparam>
/// <typeparam name="TV">Type of the map's values.</typeparam>
public sealed class RocksDBMapState<TK, TV> : RocksDBState, IMapState<TK, TV>
    where TK : notnull
{
    private const int EntryHeaderBytes = 2 * sizeof(uint);

    /// <summary>Initializes a new instance of the <see cref="RocksDBMapState{TK, TV}"/> class.</summary>
    internal RocksDBMapState(string name, in Codec<TK> keyCodec, in Codec<TV> valueCodec, StateHandle handle)
        : base(name, handle)
    {
        KeyCodec = keyCodec;
        ValueCodec = valueCodec;
    }

    /// <summary>Gets the serializer of a map key.</summary>
    internal Codec<TK> KeyCodec { get; }

    /// <summary>Gets the serializer of a map value.</summary>
    internal Codec<TV> ValueCodec { get; }

    /// <summary>Reads one entry, if there is one.</summary>
    /// <param name="key">Key of the entry.</param>
    /// <param name="value">Its value, which may be null.</param>
    /// <returns>Whether there is one.</returns>
    [SkipLocalsInit]
    public bool TryGet(TK key, [MaybeNullWhen(false)] out TV value)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> keyStack = stackalloc byte[Codec<TK>.StackBytes];
        Span<byte> stack = stackalloc byte[Codec<TV>.StackBytes];
        using var encoded = KeyCodec.Encode(key, keyStack);
        var status = Handle.MapGet(encoded.Bytes, stack, out var length, out var isNull);
        if (status == StateBackendStatus.BufferTooSmall) return TryGetLarge(encoded.Bytes, length, out value);
        value = status == StateBackendStatus.Ok && !isNull ? ValueCodec.Decode(stack[..length]) : default!;
        return status == StateBackendStatus.Ok;
    }

    /// <summary>Reads one entry.</summary>
    /// <param name="key">Key of the entry.</param>
    /// <returns>Its value, or the default of the type when the map has no such key.</returns>
    public TV Get(TK key) => TryGet(key, out var value) ? value : default!;

    /// <inheritdoc cref="Get"/>
    public TV GetValueForKey(TK key) => Get(key);

    /// <summary>Adds or replaces one entry.</summary>
    /// <param name="key">Key of the entry.</param>
    /// <param name="value">Value of the entry, which may be null.</param>
    [SkipLocalsInit]
    public void Put(TK key, TV value)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> keyStack = stackalloc byte[Codec<TK>.StackBytes];
        using var encodedKey = KeyCodec.Encode(key, keyStack);
        // NOTE: a branch, because code that is not optimised yet boxes the value in any other form of this question.
        if (value is null)
        {
            Handle.MapPut(encodedKey.Bytes, default, isNull: true);
            return;
        }

        Span<byte> stack = stackalloc byte[Codec<TV>.StackBytes];
        using var encoded = ValueCodec.Encode(value, stack);
        Handle.MapPut(encodedKey.Bytes, encoded.Bytes, isNull: false);
    }

    /// <summary>
    /// Adds or replaces entries, all or none; null does nothing. A <see cref="Dictionary{TKey, TValue}"/> is read without an enumerator on the
    /// heap.
    /// </summary>
    /// <param name="map">The entries.</param>
    public void PutAll(IDictionary<TK, TV> map)
    {
        if (map is null) return;
        var packed = PackedBuffer.Rent();
        try
        {
            if (map is Dictionary<TK, TV> dictionary) AppendAll(packed, dictionary);
            else AppendAll(packed, map);
            Handle.MapPutAll(packed.Written);
        }
        finally
        {
            packed.Return();
        }
    }

    /// <summary>Says whether the map has a key, also one whose value is null.</summary>
    /// <param name="key">The key to look for.</param>
    /// <returns>Whether it is there.</returns>
    [SkipLocalsInit]
    public bool Contains(TK key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> keyStack = stackalloc byte[Codec<TK>.StackBytes];
        using var encoded = KeyCodec.Encode(key, keyStack);
        return Handle.MapContains(encoded.Bytes);
    }

    /// <summary>Removes one entry; an absent key does nothing.</summary>
    /// <param name="key">Key of the entry.</param>
    [SkipLocalsInit]
    public void Remove(TK key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> keyStack = stackalloc byte[Codec<TK>.StackBytes];
        using var encoded = KeyCodec.Encode(key, keyStack);
        Handle.MapRemove(encoded.Bytes);
    }

    /// <summary>Reads the entries page by page.</summary>
    /// <param name="strict">
    /// Whether a change of the map beside the scan, other than by <see cref="MapScan{TK, TV}.RemoveCurrent"/> and
    /// <see cref="MapScan{TK, TV}.ReplaceCurrent"/>, ends the scan with an <see cref="InvalidOperationException"/>.
    /// </param>
    /// <returns>The scan, for <c>foreach</c>; otherwise dispose it.</returns>
    public MapScan<TK, TV> Scan(bool strict = false) => new(this, StateScanCursor.Open(Handle, NativeMethods.FSB_SCAN_ENTRIES, strict));

    /// <summary>Reads the keys of the map.</summary>
    /// <returns>A copy in the order of their bytes; <see cref="Scan"/> reads a large map page by page.</returns>
    public IEnumerable<TK> Keys()
    {
        var keys = new List<TK>();
        foreach (var entry in Scan()) keys.Add(entry.Key);
        return keys;
    }

    /// <summary>Reads the values of the map.</summary>
    /// <returns>A copy in the order of the bytes of their keys; <see cref="Scan"/> reads a large map page by page.</returns>
    public IEnumerable<TV> Values()
    {
        var values = new List<TV>();
        foreach (var entry in Scan()) values.Add(entry.Value);
        return values;
    }

    /// <summary>Reads the entries of the map.</summary>
    /// <returns>A copy in the order of the bytes of their keys; <see cref="Scan"/> reads a large map page by page.</returns>
    public IEnumerable<KeyValuePair<TK, TV>> Entries()
    {
        var entries = new List<KeyValuePair<TK, TV>>();
        foreach (var (key, value) in Scan()) entries.Add(new(key, value));
        return entries;
    }

    private void AppendAll(PackedBuffer packed, Dictionary<TK, TV> map)
    {
        foreach (var (key, value) in map) Append(packed, key, value);
    }

    private void AppendAll(PackedBuffer packed, IDictionary<TK, TV> map)
    {
        foreach (var (key, value) in map) Append(packed, key, value);
    }

    private void Append(PackedBuffer packed, TK key, TV value)
    {
        var start = packed.Length;
        packed.Append(EntryHeaderBytes);
        var keyLength = KeyCodec.Append(packed, key);
        var valueLength = value is null ? -1 : ValueCodec.Append(packed, value);
        var header = packed.At(start);
        BinaryPrimitives.WriteInt32LittleEndian(header, keyLength);
        BinaryPrimitives.WriteInt32LittleEndian(header[sizeof(uint)..], valueLength);
    }

    private bool TryGetLarge(ReadOnlySpan<byte> key, int length, [MaybeNullWhen(false)] out TV value)
    {
        var buffer = PackedBuffer.Rent();
        try
        {
            var room = buffer.Reserve(length);
            StateBackendStatus status;
            bool isNull;
            while ((status = Handle.MapGet(key, room, out length, out isNull)) == StateBackendStatus.BufferTooSmall) room = buffer.Reserve(length);
            value = status == StateBackendStatus.Ok && !isNull ? ValueCodec.Decode(room[..length]) : default!;
            return status == StateBackendStatus.Ok;
        }
        finally
        {
            buffer.Return();
        }
    }
}
