namespace FlinkDotNet.Core.Abstractions.Storage;

/// <summary>Names a stored snapshot.</summary>
/// <param name="Value">Text that only the store that issued it can interpret.</param>
public record SnapshotHandle(string Value);
