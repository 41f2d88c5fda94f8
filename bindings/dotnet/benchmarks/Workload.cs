using System.Runtime.CompilerServices;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>What every side of the benchmark agrees on; the constants of <c>benches/workload.h</c> and <c>benches/side.h</c>.</summary>
internal static class Workload
{
    public const int KeyBytes = 16;
    public const int ValueBytes = 100;
    public const int BatchRows = 1000;
    public const int MultiGetKeys = 100;
    public const string ReadFamily = "default";
    public const string WriteFamily = "user_state";

    /// <summary>What a consumer does with one row or value: looks at its length, its first and its last byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Touch(ReadOnlySpan<byte> bytes) => (ulong)bytes.Length + bytes[0] + bytes[^1];
}
