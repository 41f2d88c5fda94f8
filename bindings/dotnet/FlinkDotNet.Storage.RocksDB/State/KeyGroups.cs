using System.Runtime.CompilerServices;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Key groups, the units in which keyed state moves between subtasks, by Flink's formulas. The number of key groups is the max parallelism,
/// from 1 to 32768, and stays for the life of the state.
/// </summary>
public static class KeyGroups
{
    /// <summary>Finds the key group of a key by the library's own hash of its bytes, which is the same in every process.</summary>
    /// <param name="key">The serialized key.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <returns>The key group, from zero.</returns>
    /// <exception cref="ArgumentException">The max parallelism is out of its range.</exception>
    public static int Of(ReadOnlySpan<byte> key, int maxParallelism) => KeyGroupCalls.Of(key, hash: null, maxParallelism);

    /// <summary>Finds the key group of a hash, as Flink does for the hash code that Java has for a key.</summary>
    /// <param name="hash">The hash; see <see cref="JavaHashCode"/>.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <returns>The key group, from zero.</returns>
    /// <exception cref="ArgumentException">The max parallelism is out of its range.</exception>
    public static int Of(int hash, int maxParallelism) => KeyGroupCalls.Of(default, hash, maxParallelism);

    /// <summary>Finds the key group of a key by the library's own hash of its bytes.</summary>
    /// <typeparam name="TKey">Type of the key.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="serializer">Serializer of the key; null for that of its type.</param>
    /// <returns>The key group, from zero.</returns>
    /// <exception cref="ArgumentException">The max parallelism is out of its range.</exception>
    [SkipLocalsInit]
    public static int OfKey<TKey>(TKey key, int maxParallelism, IStateSerializer<TKey>? serializer = null)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(key);
        var codec = new Codec<TKey>(serializer ?? StateSerializers.Get<TKey>(), "key");
        Span<byte> stack = stackalloc byte[Codec<TKey>.StackBytes];
        using var encoded = codec.Encode(key, stack);
        return Of(encoded.Bytes, maxParallelism);
    }

    /// <summary>Finds the key groups of a subtask.</summary>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="parallelism">Number of subtasks, at most the max parallelism.</param>
    /// <param name="index">Number of the subtask, from zero.</param>
    /// <returns>Its range.</returns>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public static KeyGroupRange RangeOf(int maxParallelism, int parallelism, int index) => KeyGroupCalls.Range(maxParallelism, parallelism, index);

    /// <summary>Finds the max parallelism that Flink chooses when nothing is said.</summary>
    /// <param name="parallelism">Number of subtasks.</param>
    /// <returns>A power of two from 128 to 32768.</returns>
    /// <exception cref="ArgumentException">The parallelism is out of its range.</exception>
    public static int DefaultMaxParallelism(int parallelism) => KeyGroupCalls.DefaultMaxParallelism(parallelism);
}
