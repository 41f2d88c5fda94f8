namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What a state has beside its descriptor.</summary>
public sealed record StateOptions
{
    /// <summary>Gets the time-to-live. Default null, none.</summary>
    public StateTtlConfig? TimeToLive { get; init; }

    /// <summary>
    /// Gets the column family of the state's rows, which must exist. Default null, the family of the keyed backend; one of its own suits a
    /// state that needs other options.
    /// </summary>
    public string? ColumnFamily { get; init; }

    /// <summary>
    /// Gets the name of the format of the state's namespaces, which is registered: a state opened later with another one is refused.
    /// Default empty, the state is used in the void namespace.
    /// </summary>
    public string NamespaceType { get; init; } = string.Empty;

    /// <summary>Makes the options of a state whose namespaces are of some type.</summary>
    /// <typeparam name="TNamespace">Type of the namespaces, such as <see cref="Core.Abstractions.Windowing.TimeWindow"/>.</typeparam>
    /// <param name="serializer">Serializer of a namespace; null for that of its type.</param>
    /// <returns>The options.</returns>
    public static StateOptions InNamespaces<TNamespace>(IStateSerializer<TNamespace>? serializer = null) =>
        new() { NamespaceType = (serializer ?? StateSerializers.Get<TNamespace>()).TypeId };
}
