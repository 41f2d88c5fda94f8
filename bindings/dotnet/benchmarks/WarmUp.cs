using System.Runtime;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>
/// Runs a side's operations until the just-in-time compiler has nothing left to do for them: methods are compiled again, with what was learnt from
/// running them, after 30 calls and in the background.
/// </summary>
internal static unsafe class WarmUp
{
    private const int Passes = 40;
    private const int MaxCycles = 20;
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    /// <summary>Warms a side up on rows that it has and rows that it has not.</summary>
    public static void Run(IComparedSide side)
    {
        var keys = new byte[Workload.BatchRows * Workload.KeyBytes];
        var values = new byte[Workload.BatchRows * Workload.ValueBytes];
        new Random(1).NextBytes(keys);
        fixed (byte* key = keys, value = values)
        {
            var sequence = new Sequence(Workload.BatchRows, key, value);
            UntilQuiet(() => RunAll(side, sequence));
        }

        side.Settle();
    }

    /// <summary>Repeats what is to be compiled until nothing is compiled any more.</summary>
    public static void UntilQuiet(Action pass)
    {
        for (var cycle = 0; cycle < MaxCycles; cycle++)
        {
            var compiled = JitInfo.GetCompiledMethodCount();
            for (var done = 0; done < Passes; done++) pass();
            Thread.Sleep(Quiet);
            if (JitInfo.GetCompiledMethodCount() == compiled) break;
        }
    }

    private static void RunAll(IComparedSide side, in Sequence sequence)
    {
        if (side is OursSide) side.Boundary(sequence);
        side.WriteBatch(sequence);
        side.Put(sequence);
        side.Get(sequence);
        side.Contains(sequence);
        side.MultiGet(sequence);
    }
}
