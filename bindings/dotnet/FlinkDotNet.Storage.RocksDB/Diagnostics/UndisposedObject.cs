namespace FlinkDotNet.Storage.RocksDB;

/// <summary>An object that <see cref="LeakDetector"/> watches.</summary>
/// <param name="Kind">What it is to the library, such as <c>Backend</c>, <c>Snapshot</c> or <c>Iterator</c>.</param>
/// <param name="MadeAt">The stack of the thread that made it, one line a call, the innermost first.</param>
public sealed record UndisposedObject(string Kind, string MadeAt);
