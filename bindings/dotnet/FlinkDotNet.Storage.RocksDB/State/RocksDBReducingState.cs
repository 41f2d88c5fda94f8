using System.Diagnostics.CodeAnalysis;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>One value for each key and namespace, to which others are added by the function of its descriptor.</summary>
/// <typeparam name="T">Type of the values.</typeparam>
public abstract class RocksDBReducingState<T> : RocksDBAccumulatorState
{
    /// <summary>Initializes a new instance of the <see cref="RocksDBReducingState{T}"/> class.</summary>
    private protected RocksDBReducingState(string name, StateHandle handle)
        : base(name, handle)
    {
    }

    /// <summary>Reads the value.</summary>
    /// <returns>The value, or the default of its type when nothing was added.</returns>
    [SuppressMessage("Naming", "CA1716:Identifiers should not match keywords", Justification = "The name is Flink's.")]
    public T? Get() => TryGet(out var value) ? value : default;

    /// <summary>Reads the value, if something was added.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether something was added.</returns>
    public abstract bool TryGet([MaybeNullWhen(false)] out T value);

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="OverflowException">A sum of integers, reduced by the library, would leave its range.</exception>
    /// <exception cref="InvalidOperationException">The function answered null.</exception>
    public abstract void Add(T value);

    /// <summary>Reduces the values of some namespaces of the current key and of another into that one, and clears the former.</summary>
    /// <typeparam name="TNamespace">Type of the namespaces.</typeparam>
    /// <param name="target">Where the value goes.</param>
    /// <param name="sources">Where values come from; the target among them stays.</param>
    /// <param name="serializer">Serializer of a namespace; null for that of its type.</param>
    public void MergeNamespaces<TNamespace>(
        TNamespace target, IEnumerable<TNamespace> sources, IStateSerializer<TNamespace>? serializer = null)
    {
        using var namespaces = NamespaceList.Of(target, sources, serializer);
        Merge(namespaces);
    }

    /// <summary>Merges namespaces.</summary>
    private protected virtual void Merge(in NamespaceList namespaces) => Handle.MergeNamespaces(namespaces.Target, namespaces.PackedSources);
}
