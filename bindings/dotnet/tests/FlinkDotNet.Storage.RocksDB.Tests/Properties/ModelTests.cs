using System.Text.Json;
using CsCheck;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Properties;

/// <summary>
/// A backend does what a sorted dictionary does, through any sequence of calls and reopening. A failure prints the seed that repeats it.
/// </summary>
public sealed class ModelTests : BackendTest
{
    private static readonly Gen<byte[]> Keys = Gen.Byte[0, 3].Array[1, 3];

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (10, Gen.Select(Keys, Gen.Byte.Array[0, 40], (key, value) => (Step)new Put(key, value))),
        (4, Keys.Select(key => (Step)new Delete(key))),
        (2, Gen.Select(Keys, Keys, (begin, end) => (Step)new DeleteRange(begin, end))),
        (3, Gen.Select(Keys, Gen.Byte.Array[0, 40]).Array[0, 12].Select(rows => (Step)new Batch(rows))),
        (4, Gen.Select(Keys, Gen.Bool, (prefix, reverse) => (Step)new Scan(prefix, reverse))),
        (2, Gen.Const((Step)new Flush())),
        (1, Gen.Const((Step)new Reopen())));

    private static readonly JsonSerializerOptions WithFields = new() { IncludeFields = true };

    [Fact]
    public void Backend_ThroughAnySteps_EqualsASortedDictionary() =>
        Steps.Array[1, 60].Sample(Run, iter: 60, threads: 1, print: Print);

    private static string Print(Step[] steps) =>
        string.Join("; ", steps.Select(step => $"{step.GetType().Name} {JsonSerializer.Serialize<object>(step, WithFields)}"));

    private void Run(Step[] steps)
    {
        using var folder = new TestFolder();
        var subject = new Subject(() => Open(new RocksDBOptions { DataDirectory = folder.At("state"), EnableStatistics = false }));
        try
        {
            foreach (var step in steps) step.Apply(subject);
            subject.AssertScan([], reverse: false);
        }
        finally
        {
            subject.Backend.Dispose();
        }
    }

    private sealed class Subject(Func<RocksDBStateBackend> open)
    {
        public RocksDBStateBackend Backend { get; private set; } = open();

        public SortedDictionary<byte[], byte[]> Model { get; } = new(Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right)));

        public RocksDBColumnFamily Family => Backend.ColumnFamily("user_state");

        public void Reopen()
        {
            Backend.Dispose();
            Backend = open();
        }

        public void AssertScan(byte[] prefix, bool reverse)
        {
            var expected = Model.Where(row => row.Key.AsSpan().StartsWith(prefix)).ToList();
            if (reverse) expected.Reverse();
            var actual = new List<(byte[] Key, byte[] Value)>();
            foreach (var row in Family.Scan(new ScanOptions { Prefix = prefix, Reverse = reverse, PageSizeBytes = 64 }))
            {
                actual.Add((row.Key.ToArray(), row.Value.ToArray()));
            }

            Assert.Equal(expected.Select(row => row.Key), actual.Select(row => row.Key));
            Assert.Equal(expected.Select(row => row.Value), actual.Select(row => row.Value));
        }

        public void RemoveRange(byte[] begin, byte[] end)
        {
            var keys = Model.Keys.Where(key => Model.Comparer.Compare(key, begin) >= 0 && Model.Comparer.Compare(key, end) < 0);
            foreach (var key in keys.ToList()) Model.Remove(key);
        }
    }

    private abstract record Step
    {
        public abstract void Apply(Subject subject);
    }

    private sealed record Put(byte[] Key, byte[] Value) : Step
    {
        public override void Apply(Subject subject)
        {
            subject.Family.Put(Key, Value);
            subject.Model[Key] = Value;
            Assert.Equal(Value, subject.Family.Get(Key));
        }
    }

    private sealed record Delete(byte[] Key) : Step
    {
        public override void Apply(Subject subject)
        {
            Assert.Equal(subject.Model.ContainsKey(Key), subject.Family.Contains(Key));
            subject.Family.Delete(Key);
            subject.Model.Remove(Key);
            Assert.Null(subject.Family.Get(Key));
        }
    }

    private sealed record DeleteRange(byte[] Begin, byte[] End) : Step
    {
        public override void Apply(Subject subject)
        {
            var (begin, end) = Begin.AsSpan().SequenceCompareTo(End) <= 0 ? (Begin, End) : (End, Begin);
            subject.Family.DeleteRange(begin, end);
            subject.RemoveRange(begin, end);
        }
    }

    private sealed record Batch((byte[] Key, byte[] Value)[] Rows) : Step
    {
        public override void Apply(Subject subject)
        {
            using var batch = new WriteBatch();
            foreach (var (key, value) in Rows)
            {
                if (value.Length % 5 == 0) batch.Delete(subject.Family, key);
                else batch.Put(subject.Family, key, value);
                if (value.Length % 5 == 0) subject.Model.Remove(key);
                else subject.Model[key] = value;
            }

            subject.Backend.Write(batch);
        }
    }

    private sealed record Scan(byte[] Prefix, bool Reverse) : Step
    {
        public override void Apply(Subject subject) => subject.AssertScan(Prefix, Reverse);
    }

    private sealed record Flush : Step
    {
        public override void Apply(Subject subject) => subject.Backend.Flush();
    }

    private sealed record Reopen : Step
    {
        public override void Apply(Subject subject) => subject.Reopen();
    }
}
