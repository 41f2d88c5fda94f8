using System.Runtime.CompilerServices;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlinkDotNet.Storage.RocksDB.Tests.Lifetime;

/// <summary>The detector is off in this process; a copy of the assembly that is loaded while the setting is on has it on.</summary>
public sealed class LeakDetectorTests : BackendTest
{
    private const string Setting = "FlinkDotNet.Storage.RocksDB.DetectLeaks";
    private const int Collections = 20;

    [Fact]
    public void Detector_WithoutTheSetting_IsOff()
    {
        using var backend = Open();
        Assert.False(LeakDetector.IsEnabled);
        Assert.Empty(LeakDetector.Undisposed());
    }

    [Theory]
    [InlineData(nameof(ForgetASnapshot))]
    [InlineData(nameof(ForgetAScan))]
    [InlineData(nameof(ForgetABackend))]
    [InlineData(nameof(DisposeOfAll))]
    public void Detector_OfACopyWithTheSetting_NamesWhatWasForgotten(string scenario)
    {
        AppContext.SetSwitch(Setting, true);
        try
        {
            IsolatedCopy.Run(typeof(LeakDetectorTests), scenario, DataDirectory);
        }
        finally
        {
            AppContext.SetSwitch(Setting, false);
        }
    }

    private static void ForgetASnapshot(string folder)
    {
        using var backend = OpenAt(folder);
        Assert.Equal(["Snapshot"], Leaks(() => MakeSnapshot(backend), nameof(MakeSnapshot)));
    }

    private static void ForgetAScan(string folder)
    {
        using var backend = OpenAt(folder);
        backend.ColumnFamily("default").Put("key"u8, "value"u8);
        // On a thread of its own: the thread's spare cursor is what a forgotten scan is found by.
        Assert.Equal(["Iterator"], Leaks(() => RunThread(() => BeginScan(backend)), nameof(BeginScan)));
    }

    private static void ForgetABackend(string folder)
    {
        var leaks = Leaks(() => OpenAt(folder), nameof(OpenAt));
        Assert.Contains("Backend", leaks);
    }

    private static void DisposeOfAll(string folder)
    {
        Assert.Empty(Leaks(
            () =>
            {
                using var backend = OpenAt(folder);
                using var snapshot = backend.CreateSnapshot();
                foreach (var row in backend.ColumnFamily("default").Scan()) Assert.Equal(5, row.Value.Length);
                Assert.NotEmpty(LeakDetector.Undisposed());
            },
            nameof(DisposeOfAll)));
        Assert.Empty(LeakDetector.Undisposed());
    }

    /// <summary>What the garbage collector finds undisposed after an action, by kind; each was made in the named method.</summary>
    private static List<string> Leaks(Action action, string madeIn)
    {
        var found = new List<UndisposedObject>();
        void Note(UndisposedObject leaked)
        {
            lock (found) found.Add(leaked);
        }

        Assert.True(LeakDetector.IsEnabled);
        LeakDetector.OnLeak = Note;
        RunThread(action);
        for (var collection = 0; collection < Collections; collection++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        LeakDetector.OnLeak = null;
        Assert.All(found, leaked => Assert.Contains(madeIn, leaked.MadeAt, StringComparison.Ordinal));
        return found.ConvertAll(leaked => leaked.Kind);
    }

    /// <summary>Runs on a thread that ends, so that no frame of it keeps anything alive.</summary>
    private static void RunThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RocksDBStateBackend OpenAt(string folder) => new(new RocksDBOptions { DataDirectory = folder }, NullLogger.Instance);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeSnapshot(RocksDBStateBackend backend) => _ = backend.CreateSnapshot();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void BeginScan(RocksDBStateBackend backend)
    {
        var scan = backend.ColumnFamily("default").Scan();
        Assert.True(scan.MoveNext());
    }
}
