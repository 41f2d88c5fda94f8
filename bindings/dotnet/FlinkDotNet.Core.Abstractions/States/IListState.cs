using System.Diagnostics.CodeAnalysis;

namespace FlinkDotNet.Core.Abstractions.States;

/// <summary>A list of elements for each key.</summary>
/// <typeparam name="T">Type of the elements.</typeparam>
public interface IListState<T>
{
    /// <summary>Reads the elements of the current key.</summary>
    /// <returns>A copy of the elements in the order in which they were added.</returns>
    IEnumerable<T> GetValues();

    /// <summary>Reads the elements of the current key, like <see cref="GetValues"/>.</summary>
    /// <returns>A copy of the elements in the order in which they were added.</returns>
    [SuppressMessage("Naming", "CA1716:Identifiers should not match keywords", Justification = "The name is FLINK.NET's.")]
    IEnumerable<T> Get();

    /// <summary>Appends an element.</summary>
    /// <param name="value">The element.</param>
    void Add(T value);

    /// <summary>Appends elements; null does nothing.</summary>
    /// <param name="values">The elements.</param>
    void AddAll(IEnumerable<T> values);

    /// <summary>Replaces all elements; null or nothing clears the list.</summary>
    /// <param name="values">The new elements.</param>
    void Update(IEnumerable<T> values);

    /// <summary>Removes all elements of the current key.</summary>
    void Clear();
}
