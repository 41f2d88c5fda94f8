using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>The window of timers that have none: they are kept in the void namespace, as the other sides keep them.</summary>
internal sealed class NoWindow : Window, IStateSerializer<NoWindow>
{
    /// <summary>The only one.</summary>
    public static readonly NoWindow Instance = new();

    private NoWindow()
    {
    }

    public string TypeId => "none";

    public int? FixedSize => 0;

    public bool TryWrite(NoWindow value, Span<byte> target, out int written)
    {
        written = 0;
        return true;
    }

    public NoWindow Read(ReadOnlySpan<byte> bytes) => Instance;

    public override long MaxTimestamp() => long.MaxValue;

    public override bool Equals(object? obj) => obj is NoWindow;

    public override int GetHashCode() => 0;
}
