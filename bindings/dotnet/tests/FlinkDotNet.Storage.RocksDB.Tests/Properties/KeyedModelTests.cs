using System.Text.Json;
using CsCheck;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Properties;

/// <summary>
/// Keyed state does what dictionaries do, through any sequence of calls on all kinds of state, namespaces, time-to-live and a moving clock.
/// A failure prints the seed that repeats it.
/// </summary>
public sealed class KeyedModelTests : BackendTest
{
    private static readonly JsonSerializerOptions WithFields = new() { IncludeFields = true };

    [Theory]
    [InlineData(WalMode.Enabled, 0)]
    [InlineData(WalMode.Disabled, 4096)]
    public void State_ThroughManyShortCases_EqualsDictionaries(WalMode wal, long rowCacheSize)
    {
        using var subject = new KeyedSubject(options => Open(options), wal, rowCacheSize);
        var number = 0;
        KeyedStep.Quick.Array[1, 25].Sample(
            steps =>
            {
                // Deleted rows of the cases before would make walks over all keys slower and slower.
                if (++number % 200 == 0) subject.Compact();
                Run(subject, steps, $"{number:X8}");
            },
            iter: 5000,
            threads: 1,
            print: Print);
    }

    [Theory]
    [InlineData(WalMode.Enabled, 16 << 20)]
    [InlineData(WalMode.Disabled, 16 << 20)]
    [InlineData(WalMode.Disabled, 0)]
    public void State_ThroughFlushesCompactionsAndReopening_EqualsDictionaries(WalMode wal, long rowCacheSize) =>
        KeyedStep.Thorough.Array[20, 120].Sample(
            steps =>
            {
                using var subject = new KeyedSubject(options => Open(options), wal, rowCacheSize);
                Run(subject, steps, string.Empty);
            },
            iter: 15,
            threads: 1,
            print: Print);

    private static string Print(KeyedStep[] steps) =>
        string.Join("; ", steps.Select(step => $"{step.GetType().Name} {JsonSerializer.Serialize<object>(step, WithFields)}"));

    private static void Run(KeyedSubject subject, KeyedStep[] steps, string prefix)
    {
        subject.Begin(prefix);
        try
        {
            for (var index = 0; index < steps.Length; index++)
            {
                steps[index].Apply(subject);
                if (index % 4 == 0) subject.AssertHere();
            }

            subject.End();
        }
        catch
        {
            subject.CleanUp();
            throw;
        }
    }
}
