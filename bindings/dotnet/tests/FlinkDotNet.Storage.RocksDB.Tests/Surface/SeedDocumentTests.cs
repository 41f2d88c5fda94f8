// The snippets stand as the document has them.
#pragma warning disable IDE0059, CA1848, CA1873, MA0147, xUnit1013

using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB.Tests.Surface;

/// <summary>
/// The C# snippets of the document "RocksDB State Backend - FlinkDotnet 2.0 Compatibility", letter by letter between the marks, compiled and run.
/// Timers fire at once instead of after seconds: the name <see cref="Timer"/> means the class below.
/// </summary>
public sealed class SeedDocumentTests : BackendTest
{
    private static readonly List<TimerCallback> Timers = [];

    private readonly string _previousDirectory = Environment.CurrentDirectory;

    public SeedDocumentTests()
    {
        Timers.Clear();
        Environment.CurrentDirectory = Folder.Path;
    }

    private ILogger logger => Logger;

    [Fact]
    public void Snippets_OfOptions_OpenABackendAndReportItsPressure()
    {
        // ---
        // RocksDB automatically integrates with FlinkDotnet 2.0 credit system
        var options = new RocksDBOptions
        {
            WriteBufferSize = 64 * 1024 * 1024, // 64MB - optimized for credit flow
            MaxBackgroundJobs = 4,              // Parallel compaction jobs
            EnableStatistics = true             // Real-time performance metrics
        };

        var stateBackend = new RocksDBStateBackend(options, logger);
        // ---
        // FlinkDotnet 2.0 style metrics collection
        var statistics = stateBackend.GetStatistics();
        Console.WriteLine($"Memory Usage: {statistics.MemoryUsage / 1024 / 1024}MB");
        Console.WriteLine($"Write Latency: {statistics.AverageWriteLatencyMs}ms");
        Console.WriteLine($"Back Pressure Level: {CalculateBackPressureLevel(statistics)}");
        // ---
        HandleBackPressure(statistics);
        MonitorRocksDBPerformance(stateBackend);
        LogRocksDBDiagnostics(stateBackend);
        FireTimers();
        stateBackend.Dispose();
        FireTimers();
        Assert.Equal(2, Logger.Entries.Count(entry => entry.Message == "=== RocksDB Performance Metrics ==="));
        Assert.True(Directory.Exists("rocksdb-data"));
    }

    [Fact]
    public void Snippet_OfTheBasicConfiguration_Opens()
    {
        // ---
        var options = new RocksDBOptions
        {
            DataDirectory = "rocksdb-data",
            CreateIfMissing = true,
            WriteBufferSize = 64 * 1024 * 1024,    // 64MB write buffer
            MaxWriteBufferNumber = 3,              // 3 write buffers
            MaxBackgroundJobs = 4,                 // Background compaction threads
            BlockCacheSize = 256 * 1024 * 1024,    // 256MB block cache
            EnableStatistics = true                // Enable performance metrics
        };
        // ---
        AssertOpens(options);
    }

    [Fact]
    public void Snippet_OfTheColumnFamilies_Opens()
    {
        // ---
        // FlinkDotnet 2.0 uses multiple column families for better performance
        var columnFamilies = new[]
        {
            "default",        // Default column family
            "user_state",     // User-defined state
            "operator_state", // Operator state (broadcast, union)
            "timer_state",    // Timer service state
            "checkpoint"      // Checkpoint metadata
        };
        // ---
        AssertOpens(new RocksDBOptions { ColumnFamilies = columnFamilies });
    }

    [Fact]
    public void Snippet_OfTheMemoryConfiguration_Opens()
    {
        // ---
        // Tune for your memory constraints (FlinkDotnet 2.0 recommendations)
        var options = new RocksDBOptions
        {
            WriteBufferSize = Environment.ProcessorCount * 16 * 1024 * 1024, // 16MB per CPU core
            MaxWriteBufferNumber = 3,
            BlockCacheSize = GetAvailableMemory() * 0.3,  // 30% of available memory
            MaxBackgroundJobs = Math.Max(2, Environment.ProcessorCount / 2)
        };
        // ---
        AssertOpens(options);
    }

    [Fact]
    public void Snippet_OfWriteOptimization_Opens()
    {
        // ---
        // Optimize for high-throughput writes (stress test compatibility)
        var highThroughputOptions = new RocksDBOptions
        {
            WriteBufferSize = 128 * 1024 * 1024,  // Larger write buffers
            MaxWriteBufferNumber = 6,             // More write buffers
            MaxBackgroundJobs = 8,                // More background threads
            EnableStatistics = true,              // Monitor performance

            // Block-based table optimizations
            BlockCacheSize = 512 * 1024 * 1024,   // Larger block cache
        };
        // ---
        AssertOpens(highThroughputOptions);
    }

    [Fact]
    public void Snippet_OfReadOptimization_Opens()
    {
        // ---
        // Optimize for read-heavy workloads
        var readOptimizedOptions = new RocksDBOptions
        {
            BlockCacheSize = 1024 * 1024 * 1024,  // 1GB block cache
            EnableStatistics = true,
            ColumnFamilies = new[] { "default", "user_state" } // Fewer column families
        };
        // ---
        AssertOpens(readOptimizedOptions);
    }

    [Fact]
    public void Snippet_AgainstHighMemoryUsage_Opens()
    {
        // ---
        // Reduce memory usage
        var options = new RocksDBOptions
        {
            WriteBufferSize = 32 * 1024 * 1024,  // Smaller write buffers
            MaxWriteBufferNumber = 2,            // Fewer write buffers
            BlockCacheSize = 128 * 1024 * 1024   // Smaller block cache
        };
        // ---
        AssertOpens(options);
    }

    [Fact]
    public void Snippet_AgainstHighWriteLatency_Opens()
    {
        // ---
        // Improve write performance
        var options = new RocksDBOptions
        {
            MaxBackgroundJobs = Environment.ProcessorCount, // More background threads
            WriteBufferSize = 128 * 1024 * 1024,           // Larger write buffers
            MaxWriteBufferNumber = 4                       // More write buffers
        };
        // ---
        AssertOpens(options);
    }

    [Fact]
    public void Snippet_OfTheConfigurationPattern_Opens()
    {
        using var folder = new DocumentsFolder();
        // ---
        var configuration = new RocksDBConfiguration
        {
            DbPath = "/opt/flink/state/rocksdb",
            ColumnFamilies = new[] { "default", "user_state", "operator_state", "timer_state" },
            WriteBufferSize = 64 * 1024 * 1024,
            MaxBackgroundJobs = 4,
            BlockBasedTableOptions = new BlockBasedTableOptions
            {
                BlockSize = 64 * 1024,             // 64KB block size
                CacheSize = 256 * 1024 * 1024,     // 256MB cache
                BloomFilterBitsPerKey = 10         // Bloom filter optimization
            }
        };

        var stateBackend = new RocksDBStateBackend(configuration, logger);
        // ---
        using (stateBackend) Assert.Equal(4, stateBackend.ListColumnFamilies().Count);
    }

    [Fact]
    public void Snippet_OfTheCompleteConfiguration_OpensAndMonitors()
    {
        using var folder = new DocumentsFolder();
        using (var backend = CreateProductionRocksDB(logger))
        {
            FireTimers();
            Assert.Equal(4, backend.ListColumnFamilies().Count);
        }

        Assert.Contains(Logger.Entries, entry => entry.Message.StartsWith("RocksDB Stats - Memory: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0L, 0.0, 0L, 0.0)]
    [InlineData(256L << 20, 50.0, 50L << 20, 0.5)]
    [InlineData(4L << 30, 500.0, 1L << 30, 1.0)]
    public void Snippet_OfThePressureFormula_GivesTheLevel(long memory, double latency, long pending, double level)
    {
        var statistics = new RocksDBStatistics { MemoryUsage = memory, AverageWriteLatencyMs = latency, PendingCompactionBytes = pending };
        Assert.Equal(level, CalculateBackPressureLevel(statistics), 9);
    }

    protected override void Dispose(bool disposing)
    {
        Environment.CurrentDirectory = _previousDirectory;
        base.Dispose(disposing);
    }

    // ---
    // Automatic back pressure calculation based on FlinkDotnet 2.0 algorithms
    public static double CalculateBackPressureLevel(RocksDBStatistics stats)
    {
        var memoryPressure = Math.Min(1.0, stats.MemoryUsage / (512.0 * 1024 * 1024));
        var latencyPressure = Math.Min(1.0, stats.AverageWriteLatencyMs / 100.0);
        var compactionPressure = Math.Min(1.0, stats.PendingCompactionBytes / (100.0 * 1024 * 1024));

        return (memoryPressure + latencyPressure + compactionPressure) / 3.0;
    }

    // ---
    // Real-time RocksDB performance monitoring
    public void MonitorRocksDBPerformance(RocksDBStateBackend stateBackend)
    {
        var timer = new Timer(async _ =>
        {
            var stats = stateBackend.GetStatistics();

            // Log FlinkDotnet 2.0 style metrics
            logger.LogInformation("=== RocksDB Performance Metrics ===");
            logger.LogInformation("Memory Usage: {Memory}MB", stats.MemoryUsage / 1024 / 1024);
            logger.LogInformation("Write Latency: {WriteLatency}ms", stats.AverageWriteLatencyMs);
            logger.LogInformation("Read Latency: {ReadLatency}ms", stats.AverageReadLatencyMs);
            logger.LogInformation("Writes/sec: {WritesPerSec}", stats.WritesPerSecond);
            logger.LogInformation("Reads/sec: {ReadsPerSec}", stats.ReadsPerSecond);
            logger.LogInformation("CPU Usage: {CpuUsage}%", stats.CpuUsagePercent);

            // Back pressure monitoring
            var pressureLevel = CalculateBackPressureLevel(stats);
            logger.LogInformation("Back Pressure Level: {PressureLevel:F2}", pressureLevel);

            if (pressureLevel > 0.8)
            {
                logger.LogWarning("HIGH BACK PRESSURE DETECTED: {Level:F2}", pressureLevel);
            }

        }, null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
    }

    // ---
    // Comprehensive diagnostic logging for stress testing
    public void LogRocksDBDiagnostics(RocksDBStateBackend stateBackend)
    {
        var stats = stateBackend.GetStatistics();

        Console.WriteLine("=== RocksDB Diagnostic Information ===");
        Console.WriteLine($"Data Directory: {stateBackend.DataDirectory}");
        Console.WriteLine($"Memory Usage: {stats.MemoryUsage / 1024 / 1024}MB");
        Console.WriteLine($"Disk Usage: {stats.DiskUsage / 1024 / 1024}MB");
        Console.WriteLine($"Pending Compaction: {stats.PendingCompactionBytes / 1024 / 1024}MB");
        Console.WriteLine($"Block Cache Usage: {stats.BlockCacheUsageBytes / 1024 / 1024}MB");

        // Performance warnings
        if (stats.AverageWriteLatencyMs > 50)
            Console.WriteLine("⚠️ WARNING: High write latency detected");

        if (stats.MemoryUsage > 500 * 1024 * 1024)
            Console.WriteLine("⚠️ WARNING: High memory usage detected");

        if (stats.PendingCompactionBytes > 100 * 1024 * 1024)
            Console.WriteLine("⚠️ WARNING: Large pending compaction detected");
    }

    // ---
    // Reduce back pressure
    public void HandleBackPressure(RocksDBStatistics stats)
    {
        var pressureLevel = CalculateBackPressureLevel(stats);

        if (pressureLevel > 0.8)
        {
            // Implement throttling
            var delay = (int)((pressureLevel - 0.8) * 100); // 0-20ms delay
            Thread.Sleep(Math.Min(delay, 50));
        }
    }

    // ---
    // Production-ready FlinkDotnet 2.0 compatible RocksDB configuration
    public static RocksDBStateBackend CreateProductionRocksDB(ILogger logger)
    {
        var configuration = new RocksDBConfiguration
        {
            DbPath = "/opt/flink/state/rocksdb",
            ColumnFamilies = new[]
            {
                "default",
                "user_state",
                "operator_state",
                "timer_state"
            },
            WriteBufferSize = Environment.ProcessorCount * 16 * 1024 * 1024,
            MaxBackgroundJobs = Math.Max(2, Environment.ProcessorCount / 2),
            BlockBasedTableOptions = new BlockBasedTableOptions
            {
                BlockSize = 64 * 1024,
                CacheSize = GetAvailableMemory() * 0.4,
                BloomFilterBitsPerKey = 10
            }
        };

        var stateBackend = new RocksDBStateBackend(configuration, logger);

        // Enable monitoring
        EnablePerformanceMonitoring(stateBackend, logger);

        return stateBackend;
    }

    private static void EnablePerformanceMonitoring(RocksDBStateBackend stateBackend, ILogger logger)
    {
        var timer = new Timer(_ =>
        {
            var stats = stateBackend.GetStatistics();
            var pressureLevel = CalculateBackPressureLevel(stats);

            if (pressureLevel > 0.7)
            {
                logger.LogWarning("RocksDB back pressure detected: {Level:F2}", pressureLevel);
            }

            logger.LogDebug("RocksDB Stats - Memory: {Memory}MB, Write Latency: {Latency}ms",
                stats.MemoryUsage / 1024 / 1024, stats.AverageWriteLatencyMs);

        }, null, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));
    }

    // ---
    private static long GetAvailableMemory() => 1L << 30;

    private static void FireTimers() => Timers.ForEach(callback => callback(null));

    private void AssertOpens(RocksDBOptions options)
    {
        using var backend = new RocksDBStateBackend(options, logger);
        Assert.Equal(options.ColumnFamilies.Order(), backend.ListColumnFamilies().Order());
    }

    /// <summary>
    /// The folder of the machine that the document names: used only where nobody else does, and where it may be made, by one test process at a time.
    /// </summary>
    private sealed class DocumentsFolder : IDisposable
    {
        private const string Root = "/opt/flink";

        private readonly Mutex _turn = new(initiallyOwned: false, "fsb-documents-folder");

        public DocumentsFolder()
        {
            Assert.SkipUnless(Environment.IsPrivilegedProcess, $"{Root}, which the document names, can be made by root only.");
            Assert.True(_turn.WaitOne(TimeSpan.FromMinutes(1)), "Another test process holds the folder for too long.");
            Assert.SkipWhen(Directory.Exists(Root), $"{Root}, which the document names, is in use on this machine.");
        }

        public void Dispose()
        {
            Directory.Delete(Root, recursive: true);
            _turn.ReleaseMutex();
            _turn.Dispose();
        }
    }

    /// <summary>A timer that fires when the test says so.</summary>
    private sealed class Timer
    {
        public Timer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => Timers.Add(callback);
    }
}
