namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// How an aggregating state adds and what it answers. It is called on the thread that uses the state; an exception from it leaves the state
/// unchanged.
/// </summary>
/// <typeparam name="TIn">Type of what is added.</typeparam>
/// <typeparam name="TAcc">Type of the accumulator, which is what is stored.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
public interface IAggregateFunction<in TIn, TAcc, out TOut>
{
    /// <summary>Makes the accumulator to which the first value is added.</summary>
    /// <returns>An accumulator of nothing.</returns>
    TAcc CreateAccumulator();

    /// <summary>Adds a value.</summary>
    /// <param name="accumulator">The accumulator, which may be changed and answered.</param>
    /// <param name="value">The value.</param>
    /// <returns>The accumulator with the value.</returns>
    TAcc Add(TAcc accumulator, TIn value);

    /// <summary>Computes the result.</summary>
    /// <param name="accumulator">The accumulator.</param>
    /// <returns>The result.</returns>
    TOut GetResult(TAcc accumulator);

    /// <summary>Merges two accumulators, when namespaces such as session windows are merged.</summary>
    /// <param name="first">An accumulator, which may be changed and answered.</param>
    /// <param name="second">Another accumulator.</param>
    /// <returns>The accumulator of both.</returns>
    TAcc Merge(TAcc first, TAcc second);
}
