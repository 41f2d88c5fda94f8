using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Traces;

/// <summary>
/// The same operations through C# equal those through Rust: every answer that Rust got and wrote down, and the rows that lie in the engine.
/// The traces are those of tests/keyed_trace, which says how to write them anew.
/// </summary>
public sealed class KeyedTraceTests : BackendTest
{
    [Theory]
    [InlineData("small-cache")]
    [InlineData("with-log")]
    [InlineData("no-cache")]
    [InlineData("half-the-groups")]
    public void Trace_RecordedThroughRust_IsAnsweredTheSame(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "keyed-traces", name + ".txt"));
        var job = Array.FindIndex(lines, line => line.StartsWith("job ", StringComparison.Ordinal));
        using var replay = new TraceReplay(options => Open(options), DataDirectory, lines[job]);
        for (var index = job + 1; index < lines.Length; index++)
        {
            var parts = lines[index].Split(" = ");
            var expected = parts.Length > 1 ? parts[1] : null;
            var answer = replay.Answer(parts[0]);
            Assert.True(expected == answer, $"{name} line {index + 1}: {parts[0]}: expected {expected ?? "nothing"}, got {answer ?? "nothing"}.");
        }

        Assert.InRange(lines.Length, 2500, int.MaxValue);
    }
}
