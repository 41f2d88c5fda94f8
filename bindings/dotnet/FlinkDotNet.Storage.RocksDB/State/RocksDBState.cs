using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A state. One of a keyed backend follows the current key and namespace of that backend, at each call; it belongs to one thread at a time
/// together with its backend. It is owned by the backend that made it; there is nothing to free.
/// </summary>
/// <remarks>
/// Every method throws <see cref="NoCurrentKeyException"/> while there is no current key, <see cref="StateSerializationException"/> when a
/// serializer fails, <see cref="ObjectDisposedException"/> after the backend is disposed or the state is dropped, and
/// <see cref="StateBackendException"/> when the engine fails or another thread is using the keyed backend; the state is then unchanged.
/// </remarks>
public abstract class RocksDBState
{
    /// <summary>Initializes a new instance of the <see cref="RocksDBState"/> class.</summary>
    private protected RocksDBState(string name, StateHandle handle)
    {
        Name = name;
        Handle = handle;
    }

    /// <summary>Gets the name of the state.</summary>
    public string Name { get; }

    /// <summary>Gets the native object.</summary>
    internal StateHandle Handle { get; }

    /// <summary>Removes everything of the current key and namespace.</summary>
    public void Clear() => Handle.Clear();

    /// <summary>Says whether there is nothing of the current key and namespace.</summary>
    /// <returns>Whether it is empty.</returns>
    public bool IsEmpty() => Handle.IsEmpty();

    /// <summary>Reads a value or accumulator.</summary>
    [SkipLocalsInit]
    private protected bool TryRead<TValue>(in Codec<TValue> codec, [MaybeNullWhen(false)] out TValue value)
    {
        Span<byte> stack = stackalloc byte[Codec<TValue>.StackBytes];
        var status = Handle.Get(stack, out var length);
        if (status == StateBackendStatus.BufferTooSmall) return TryReadLarge(codec, length, out value);
        value = status == StateBackendStatus.Ok ? codec.Decode(stack[..length]) : default;
        return status == StateBackendStatus.Ok;
    }

    /// <summary>Writes a value or accumulator.</summary>
    [SkipLocalsInit]
    private protected void Write<TValue>(in Codec<TValue> codec, TValue value)
    {
        Span<byte> stack = stackalloc byte[Codec<TValue>.StackBytes];
        using var encoded = codec.Encode(value, stack);
        Handle.Put(encoded.Bytes);
    }

    /// <summary>
    /// Folds the accumulators of the sources and then the target's into the target, and clears the sources. Nothing is written before the
    /// function has been called for the last time.
    /// </summary>
    private protected void MergeByFunction<TValue>(
        KeyedContext context, in NamespaceList namespaces, in Codec<TValue> codec, Func<TValue, TValue, TValue> merge)
    {
        using var detour = context.Detour();
        var found = false;
        TValue? merged = default;
        foreach (var source in namespaces.Sources)
        {
            detour.To(source);
            if (!TryRead(codec, out var value)) continue;
            merged = found ? merge(merged!, value) : value;
            found = true;
        }

        if (!found) return;
        detour.To(namespaces.Target);
        Write(codec, TryRead(codec, out var present) ? merge(merged!, present) : merged!);
        foreach (var source in namespaces.Sources)
        {
            detour.To(source);
            Clear();
        }
    }

    private bool TryReadLarge<TValue>(in Codec<TValue> codec, int length, [MaybeNullWhen(false)] out TValue value)
    {
        var buffer = PackedBuffer.Rent();
        try
        {
            var room = buffer.Reserve(length);
            StateBackendStatus status;
            while ((status = Handle.Get(room, out length)) == StateBackendStatus.BufferTooSmall) room = buffer.Reserve(length);
            value = status == StateBackendStatus.Ok ? codec.Decode(room[..length]) : default;
            return status == StateBackendStatus.Ok;
        }
        finally
        {
            buffer.Return();
        }
    }
}
