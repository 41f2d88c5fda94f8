using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What the library registers of a state.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StateDeclaration(string Name, string Kind, string ValueType)
{
    /// <summary>Gets the name of the format of map keys; null for what is no map.</summary>
    public string? MapKeyType { get; init; }

    /// <summary>Gets the native aggregate; null for the user's own function.</summary>
    public string? Aggregate { get; init; }
}
