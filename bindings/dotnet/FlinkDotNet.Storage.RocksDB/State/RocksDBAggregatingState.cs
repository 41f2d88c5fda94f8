using System.Diagnostics.CodeAnalysis;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>One accumulator for each key and namespace, to which values are added by the function of its descriptor.</summary>
/// <typeparam name="TIn">Type of what is added.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
public abstract class RocksDBAggregatingState<TIn, TOut> : RocksDBAccumulatorState
{
    /// <summary>Initializes a new instance of the <see cref="RocksDBAggregatingState{TIn, TOut}"/> class.</summary>
    private protected RocksDBAggregatingState(string name, StateHandle handle)
        : base(name, handle)
    {
    }

    /// <summary>Reads the result.</summary>
    /// <returns>The result, or the default of its type when nothing was added.</returns>
    [SuppressMessage("Naming", "CA1716:Identifiers should not match keywords", Justification = "The name is Flink's.")]
    public TOut? Get() => TryGet(out var result) ? result : default;

    /// <summary>Reads the result, if something was added.</summary>
    /// <param name="result">The result.</param>
    /// <returns>Whether something was added.</returns>
    public abstract bool TryGet([MaybeNullWhen(false)] out TOut result);

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="OverflowException">A sum or count of integers, kept by the library, would leave its range.</exception>
    /// <exception cref="InvalidOperationException">The function answered null.</exception>
    public abstract void Add(TIn value);

    /// <summary>Merges the accumulators of some namespaces of the current key and of another into that one, and clears the former.</summary>
    /// <typeparam name="TNamespace">Type of the namespaces.</typeparam>
    /// <param name="target">Where the accumulator goes.</param>
    /// <param name="sources">Where accumulators come from; the target among them stays.</param>
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
