using System.Text.Json;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

public sealed class KeyedBackendTests : BackendTest
{
    [Fact]
    public void Backend_OfFlinkNetsFamilies_GetsTheMissingOnes()
    {
        using var backend = Open(new RocksDBOptions { DataDirectory = DataDirectory, ColumnFamilies = ["default"] });
        using var keyed = backend.CreateKeyedStateBackend<int>();
        Assert.Superset(new HashSet<string> { "user_state", "timer_state" }, backend.ListColumnFamilies().ToHashSet());
        Assert.Equal(128, keyed.MaxParallelism);
        Assert.Equal(new KeyGroupRange(0, 127), keyed.KeyGroupRange);
    }

    [Fact]
    public void States_Described_AreThoseRegistered()
    {
        using (var backend = Open())
        using (var keyed = backend.CreateKeyedStateBackend<int>(new KeyedStateBackendOptions { MaxParallelism = 1000 }))
        {
            keyed.GetValueState(StateDescriptors.Value<string>("name"));
            keyed.GetMapState(StateDescriptors.Map<int, Guid>("ids"), StateOptions.InNamespaces<long>());
        }

        using var reopened = Open();
        using var again = reopened.CreateKeyedStateBackend<int>(new KeyedStateBackendOptions { MaxParallelism = 1000 });
        using var document = JsonDocument.Parse(again.StatesJson());
        Assert.Equal(1000, document.RootElement.GetProperty("max_parallelism").GetInt32());
        Assert.Equal("i32", document.RootElement.GetProperty("key_type").GetString());
        var states = document.RootElement.GetProperty("states").EnumerateArray().Select(state => state.GetRawText()).ToList();
        Assert.Equal(2, states.Count);
        AssertDescribed("\"name\":\"name\"", "\"value_type\":\"string\"", "\"kind\":\"value\"");
        AssertDescribed("\"name\":\"ids\"", "\"value_type\":\"guid\"", "\"map_key_type\":\"i32\"", "\"namespace_type\":\"i64\"");

        void AssertDescribed(params string[] facts) => Assert.Single(states, state => facts.All(fact => state.Contains(fact)));
    }

    [Fact]
    public void Folder_OfAnotherMaxParallelismOrKeyType_IsRefused()
    {
        using var backend = Open();
        backend.CreateKeyedStateBackend<int>().Dispose();
        Assert.Throws<StateMismatchException>(() => backend.CreateKeyedStateBackend<long>());
        Assert.Throws<StateMismatchException>(() => backend.CreateKeyedStateBackend<int>(new KeyedStateBackendOptions { MaxParallelism = 256 }));
        backend.CreateKeyedStateBackend<int>().Dispose();
    }

    [Fact]
    public void KeyGroups_OfTwoBackends_MustNotOverlap()
    {
        using var backend = Open();
        using var first = backend.CreateKeyedStateBackend<int>(Groups(0, 63));
        using var second = backend.CreateKeyedStateBackend<int>(Groups(64, 127));
        var refused = Assert.Throws<StateBackendException>(() => backend.CreateKeyedStateBackend<int>(Groups(63, 64)));
        Assert.Equal(StateBackendStatus.InUse, refused.Status);
        first.Dispose();
        using var third = backend.CreateKeyedStateBackend<int>(Groups(10, 20));
        Assert.Equal(11, third.KeyGroupRange.Count);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(32_769, 0, 0)]
    [InlineData(128, -1, 5)]
    [InlineData(128, 5, 128)]
    [InlineData(128, 6, 5)]
    public void Options_OutOfTheirRange_AreRefused(int maxParallelism, int first, int last)
    {
        using var backend = Open();
        var options = Groups(first, last);
        options.MaxParallelism = maxParallelism;
        Assert.ThrowsAny<ArgumentException>(() => backend.CreateKeyedStateBackend<int>(options));
    }

    [Fact]
    public void Options_OfUnknownFamiliesOrTypes_AreRefused()
    {
        using var backend = Open();
        Assert.Throws<StateBackendColumnFamilyNotFoundException>(
            () => backend.CreateKeyedStateBackend<int>(new KeyedStateBackendOptions { ColumnFamily = "none" }));
        Assert.Throws<ArgumentException>(() => backend.CreateKeyedStateBackend<int>(new KeyedStateBackendOptions { Clock = (StateClock)9 }));
        Assert.Throws<ArgumentException>(() => backend.CreateKeyedStateBackend<Version>());
        using var keyed = backend.CreateKeyedStateBackend<int>();
        Assert.Throws<StateBackendColumnFamilyNotFoundException>(
            () => keyed.GetListState(StateDescriptors.List<int>("list"), new StateOptions { ColumnFamily = "none" }));
        Assert.Throws<ArgumentException>(() => keyed.GetListState(StateDescriptors.List<int>("default")));
        Assert.Throws<ArgumentException>(() => keyed.GetListState(StateDescriptors.List<int>(new string('x', 256))));
    }

    [Fact]
    public void State_InAFamilyOfItsOwn_IsThere()
    {
        using var backend = Open();
        backend.CreateColumnFamily("large_values", new ColumnFamilyOptions { WriteBufferSize = 1 << 20 });
        using var keyed = backend.CreateKeyedStateBackend<int>();
        var state = keyed.GetValueState(StateDescriptors.Value<string>("state"), new StateOptions { ColumnFamily = "large_values" });
        keyed.SetCurrentKey(1);
        state.Update("value");
        keyed.Drain();
        var rows = 0;
        foreach (var row in backend.ColumnFamily("large_values").Scan()) rows += row.Value.Length > 0 ? 1 : 0;
        Assert.Equal(1, rows);
        Assert.Equal("value", state.Value());
    }

    [Fact]
    public void Key_ThatCannotBeSet_LeavesTheOneBefore()
    {
        using var backend = Open();
        using var keyed = backend.CreateKeyedStateBackend<string>();
        keyed.SetCurrentKey("key");
        Assert.Throws<ArgumentNullException>(() => keyed.SetCurrentKey(null!));
        Assert.Throws<ArgumentException>(() => keyed.SetCurrentKey(new string('x', 20_000)));
        Assert.Contains("key", Assert.Throws<StateSerializationException>(() => keyed.SetCurrentKey("\ud800")).Message, StringComparison.Ordinal);
        Assert.Equal("key", keyed.CurrentKey);
        keyed.SetCurrentKey(string.Empty);
        Assert.Equal(string.Empty, keyed.CurrentKey);
        keyed.ClearCurrentKey();
        Assert.False(keyed.HasCurrentKey);
        Assert.Throws<NoCurrentKeyException>(() => keyed.CurrentKeyGroup);
    }

    [Fact]
    public void CallsOfTwoThreads_OnOneKeyedBackend_AreRefusedOrDoneWhole()
    {
        using var backend = Open();
        using var keyed = backend.CreateKeyedStateBackend<int>();
        keyed.SetCurrentKey(1);
        var list = keyed.GetListState(StateDescriptors.List<int>("list"));
        var added = new int[2];
        var refused = new int[2];
        using var start = new Barrier(2);
        var threads = Enumerable.Range(0, 2).Select(number => new Thread(() =>
        {
            start.SignalAndWait();
            for (var round = 0; round < 200_000 && (round < 1000 || refused.Sum() == 0); round++)
            {
                try
                {
                    list.Add(number);
                    added[number]++;
                }
                catch (StateBackendException exception) when (exception.Status == StateBackendStatus.InUse)
                {
                    Volatile.Write(ref refused[number], refused[number] + 1);
                }
            }
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.NotEqual(0, refused.Sum());
        var elements = list.Get().ToList();
        Assert.Equal(added, new[] { elements.Count(number => number == 0), elements.Count(number => number == 1) });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Objects_DisposedInEitherOrder_LeaveNothing(bool backendFirst)
    {
        var backend = Open();
        var keyed = backend.CreateKeyedStateBackend<int>();
        var state = keyed.GetValueState(StateDescriptors.Value<int>("state"));
        keyed.SetCurrentKey(1);
        state.Update(5);
        foreach (var disposable in backendFirst ? new IDisposable[] { backend, keyed } : [keyed, backend]) disposable.Dispose();
        keyed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => state.Value());
        Assert.Throws<ObjectDisposedException>(() => keyed.SetCurrentKey(2));
        Assert.Throws<ObjectDisposedException>(() => keyed.GetListState(StateDescriptors.List<int>("list")));
        AssertNothingAlive();
        using var again = Open();
        using var keyedAgain = again.CreateKeyedStateBackend<int>();
        keyedAgain.SetCurrentKey(1);
        Assert.Equal(5, keyedAgain.GetValueState(StateDescriptors.Value<int>("state")).Value());
    }

    [Fact]
    public void Scan_OpenWhileTheKeyedBackendIsDisposed_IsRefusedOrEndsUnharmed()
    {
        using var backend = Open();
        var keyed = backend.CreateKeyedStateBackend<int>();
        var map = keyed.GetMapState(StateDescriptors.Map<int, int>("map"));
        keyed.SetCurrentKey(1);
        for (var number = 0; number < 5000; number++) map.Put(number, number);
        var scan = map.Scan();
        Assert.True(scan.MoveNext());
        keyed.Dispose();
        var seen = 1;
        while (scan.MoveNext()) seen++;
        scan.Dispose();
        Assert.Equal(5000, seen);
    }

    [Theory]
    [InlineData(WalMode.Disabled)]
    [InlineData(WalMode.Enabled)]
    public void State_OfAClosedBackend_IsThereWhenItOpensAgain(WalMode wal)
    {
        var options = Options();
        options.Wal = wal;
        using (var backend = Open(options))
        {
            // The keyed backend is disposed after the backend: closing has written what was held back.
            using var keyed = backend.CreateKeyedStateBackend<int>();
            var count = keyed.GetValueState(StateDescriptors.Value<long>("count"));
            for (var key = 0; key < 1000; key++)
            {
                keyed.SetCurrentKey(key);
                count.Update(key);
            }

            backend.Dispose();
        }

        using var again = Open(options);
        using var keyedAgain = again.CreateKeyedStateBackend<int>();
        var countAgain = keyedAgain.GetValueState(StateDescriptors.Value<long>("count"));
        Assert.All(Enumerable.Range(0, 1000), key =>
        {
            keyedAgain.SetCurrentKey(key);
            Assert.Equal(key, countAgain.Value());
        });
    }

    private static KeyedStateBackendOptions Groups(int first, int last) => new() { KeyGroupRange = new KeyGroupRange(first, last) };
}
