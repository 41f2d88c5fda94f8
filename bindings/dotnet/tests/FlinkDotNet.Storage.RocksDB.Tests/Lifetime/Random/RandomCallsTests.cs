using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Lifetime.Random;

/// <summary>
/// Eight threads make random calls on shared objects and dispose of them in random order: none crashes, nothing stays alive. A run makes
/// 24,000 calls; FSB_RANDOM_CALLS asks for more, FSB_RANDOM_MINUTES for as many as fit into that time, FSB_RANDOM_SEED repeats a run's choices.
/// </summary>
public sealed partial class RandomCallsTests : BackendTest
{
    private const int ThreadCount = 8;
    private const int CallsOfARound = 1000;

    [Fact]
    public void Calls_OfEightThreadsAtRandom_NeitherCrashNorLeak()
    {
        var calls = Setting("FSB_RANDOM_CALLS", 24_000);
        var minutes = Setting("FSB_RANDOM_MINUTES", 0);
        var seed = Setting("FSB_RANDOM_SEED", Environment.TickCount);
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"FSB_RANDOM_SEED={seed}");
        var memory = new List<(double Minute, long Bytes)>();
        var clock = Stopwatch.StartNew();
        var (made, refused) = (0, 0);
        while (made < calls || clock.Elapsed.TotalMinutes < minutes)
        {
            refused += Lives(seed + made, calls > 24_000 || minutes > 0 ? 10 : 3, ref made);
            AssertNothingAlive();
            memory.Add((clock.Elapsed.TotalMinutes, ResidentBytes()));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{made} calls, {refused} refused, {clock.Elapsed.TotalMinutes:0.0} min, {memory[^1].Bytes >> 20} MiB resident"));
        if (minutes == 0) return;
        var shown = memory.Where((_, at) => at % Math.Max(1, memory.Count / 12) == 0);
        output.WriteLine($"MiB resident: {string.Join(' ', shown.Select(reading => reading.Bytes >> 20))}");
        var slope = Slope(memory.Skip(memory.Count / 3).ToList());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"resident memory over the last two thirds: {slope / 1024:0.0} KiB a minute"));
        Assert.True(slope < 2 << 20, $"{slope:0} bytes a minute");
    }

    /// <summary>Opens everything, lets the threads loose for some rounds, and closes everything; gives the number of refused calls.</summary>
    private int Lives(int seed, int rounds, ref int made)
    {
        using var folder = new TestFolder();
        var shared = new SharedObjects(folder.Path);
        var failures = new ConcurrentBag<Exception>();
        var callers = Enumerable.Range(0, ThreadCount).Select(thread => new Caller(shared, seed + thread)).ToArray();
        var threads = callers.Select(caller => new Thread(() => Run(caller, rounds * CallsOfARound, failures))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        shared.DisposeAll(new System.Random(seed));
        Array.ForEach(callers, caller => caller.Dispose());
        Assert.Empty(failures);
        made += ThreadCount * rounds * CallsOfARound;
        return callers.Sum(caller => caller.Refused);
    }

    private static void Run(Caller caller, int calls, ConcurrentBag<Exception> failures)
    {
        try
        {
            caller.Run(calls);
        }
        catch (Exception exception)
        {
            failures.Add(exception);
        }
    }

    /// <summary>What is resident once both heaps have given back what they hold for later: glibc's keeps some more or less by chance.</summary>
    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (OperatingSystem.IsLinux()) _ = TrimNativeHeap(0);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    /// <summary>Least squares, in bytes a minute.</summary>
    private static double Slope(List<(double Minute, long Bytes)> readings)
    {
        var (minute, bytes) = (readings.Average(reading => reading.Minute), readings.Average(reading => (double)reading.Bytes));
        var spread = readings.Sum(reading => (reading.Minute - minute) * (reading.Minute - minute));
        return spread == 0 ? 0 : readings.Sum(reading => (reading.Minute - minute) * (reading.Bytes - bytes)) / spread;
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int TrimNativeHeap(nuint pad);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
