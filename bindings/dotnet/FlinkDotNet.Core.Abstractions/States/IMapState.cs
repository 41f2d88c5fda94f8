using System.Diagnostics.CodeAnalysis;

namespace FlinkDotNet.Core.Abstractions.States;

/// <summary>A map for each key.</summary>
/// <typeparam name="TK">Type of the map's keys.</typeparam>
/// <typeparam name="TV">Type of the map's values.</typeparam>
public interface IMapState<TK, TV>
{
    /// <summary>Reads one entry.</summary>
    /// <param name="key">Key of the entry.</param>
    /// <returns>Its value, or the default when the map has no such key.</returns>
    TV GetValueForKey(TK key);

    /// <summary>Reads one entry, like <see cref="GetValueForKey"/>.</summary>
    /// <param name="key">Key of the entry.</param>
    /// <returns>Its value, or the default when the map has no such key.</returns>
    [SuppressMessage("Naming", "CA1716:Identifiers should not match keywords", Justification = "The name is FLINK.NET's.")]
    TV Get(TK key);

    /// <summary>Adds or replaces one entry.</summary>
    /// <param name="key">Key of the entry.</param>
    /// <param name="value">Value of the entry.</param>
    void Put(TK key, TV value);

    /// <summary>Adds or replaces entries; null does nothing.</summary>
    /// <param name="map">The entries.</param>
    void PutAll(IDictionary<TK, TV> map);

    /// <summary>Says whether the map has a key.</summary>
    /// <param name="key">The key to look for.</param>
    /// <returns>Whether the key is there.</returns>
    bool Contains(TK key);

    /// <summary>Removes one entry; an absent key does nothing.</summary>
    /// <param name="key">Key of the entry.</param>
    void Remove(TK key);

    /// <summary>Reads the keys of the map.</summary>
    /// <returns>A copy of the keys.</returns>
    IEnumerable<TK> Keys();

    /// <summary>Reads the values of the map.</summary>
    /// <returns>A copy of the values.</returns>
    IEnumerable<TV> Values();

    /// <summary>Reads the entries of the map.</summary>
    /// <returns>A copy of the entries.</returns>
    IEnumerable<KeyValuePair<TK, TV>> Entries();

    /// <summary>Says whether the map has no entries.</summary>
    /// <returns>Whether the map is empty.</returns>
    bool IsEmpty();

    /// <summary>Removes all entries of the current key.</summary>
    void Clear();
}
