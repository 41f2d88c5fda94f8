using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Properties;

/// <summary>Keyed state with states of every kind, beside its model. Keys of one case begin with its prefix.</summary>
internal sealed class KeyedSubject : IDisposable
{
    public static readonly string[] Values = ["value", "value ttl", "value read ttl"];
    public static readonly string[] Lists = ["list", "list ttl"];
    public static readonly string[] Maps = ["map", "map ttl"];
    public static readonly string[] Sums = ["sum", "own sum", "sum ttl"];

    private readonly TestFolder _folder = new();
    private readonly Func<RocksDBOptions, RocksDBStateBackend> _open;
    private readonly WalMode _wal;
    private readonly ByteSize _rowCacheSize;
    private long _now;
    private string _prefix = string.Empty;
    private string _key = string.Empty;
    private string _namespace = string.Empty;

    public KeyedSubject(Func<RocksDBOptions, RocksDBStateBackend> open, WalMode wal, ByteSize rowCacheSize)
    {
        _open = open;
        _wal = wal;
        _rowCacheSize = rowCacheSize;
        OpenAll();
    }

    public RocksDBStateBackend Backend { get; private set; } = null!;

    public KeyedStateBackend<byte[]> Keyed { get; private set; } = null!;

    public KeyedModel Model { get; private set; } = new();

    public RocksDBValueState<long>[] ValueStates { get; private set; } = [];

    public RocksDBListState<long>[] ListStates { get; private set; } = [];

    public RocksDBMapState<byte[], long?>[] MapStates { get; private set; } = [];

    public RocksDBReducingState<long>[] SumStates { get; private set; } = [];

    /// <summary>Begins a case with a model of its own.</summary>
    public void Begin(string prefix)
    {
        _prefix = prefix;
        Model = new KeyedModel { Now = _now };
        SetNamespace([]);
        SetKey([]);
    }

    /// <summary>Compares every place and removes what is there, so that the next case finds nothing.</summary>
    public void End()
    {
        foreach (var (key, nameSpace) in Model.Places())
        {
            Go(key, nameSpace);
            AssertHere();
            foreach (var state in AllStates) state.Clear();
        }

        foreach (var state in AllStates) Assert.Empty(Keyed.GetKeysAndNamespaces<byte[]>(state.Name));
    }

    /// <summary>Removes for good what has been deleted.</summary>
    public void Compact()
    {
        Backend.Flush();
        Backend.ColumnFamily("user_state").Compact();
    }

    /// <summary>Removes what a failed case left.</summary>
    public void CleanUp()
    {
        foreach (var state in AllStates)
        {
            foreach (var (key, nameSpace) in Keyed.GetKeysAndNamespaces<byte[]>(state.Name).ToList())
            {
                Keyed.SetCurrentKey(key);
                Keyed.SetCurrentNamespace(nameSpace);
                state.Clear();
            }
        }
    }

    public void SetKey(byte[] key) => Go(_prefix + Hex(key), _namespace);

    public void SetNamespace(byte[] nameSpace) => Go(_key, Hex(nameSpace));

    public void Advance(long millis)
    {
        _now += millis;
        Model.Now = _now;
        Keyed.SetProcessingTime(_now);
    }

    public KeyedModel.Cell Here(string state) => Model.Read(state, _key, _namespace);

    public KeyedModel.Cell At(string state, byte[] nameSpace) => Model.Read(state, _key, Hex(nameSpace));

    public void WriteHere(string state, KeyedModel.Cell cell) => Model.Write(state, _key, _namespace, cell);

    public void WriteAt(string state, byte[] nameSpace, KeyedModel.Cell cell) => Model.Write(state, _key, Hex(nameSpace), cell);

    public void ClearHere(string state) => Model.Clear(state, _key, _namespace);

    public void Reopen()
    {
        Close();
        OpenAll();
        Go(_key, _namespace);
    }

    /// <summary>Every state has what the model has for the current key and namespace.</summary>
    public void AssertHere()
    {
        for (var index = 0; index < Values.Length; index++) AssertValue(index);
        for (var index = 0; index < Lists.Length; index++) AssertList(index);
        for (var index = 0; index < Maps.Length; index++) AssertMap(index);
        for (var index = 0; index < Sums.Length; index++) AssertSum(index);
    }

    public void AssertKeys(string state)
    {
        var present = Keyed.GetKeysAndNamespaces<byte[]>(state).Select(pair => (Hex(pair.Key), Hex(pair.Namespace))).Order();
        Assert.Equal(Model.Present(state), present);
        var here = Model.Present(state).Where(place => place.Namespace == _namespace).Select(place => place.Key);
        Assert.Equal(here, Keyed.GetKeys(state, Convert.FromHexString(_namespace)).Select(Hex).Order());
    }

    public void Dispose()
    {
        Close();
        _folder.Dispose();
    }

    internal static string Hex(byte[] bytes) => Convert.ToHexString(bytes);

    private IEnumerable<RocksDBState> AllStates => [.. ValueStates, .. ListStates, .. MapStates, .. SumStates];

    private static StateOptions OptionsOf(string state)
    {
        var ttl = StateTtlConfig.NewBuilder(TimeSpan.FromMilliseconds(KeyedModel.TimeToLive));
        if (state.Contains("read", StringComparison.Ordinal)) ttl.UpdateTtlOnReadAndWrite();
        return StateOptions.InNamespaces<byte[]>() with { TimeToLive = state.EndsWith("ttl", StringComparison.Ordinal) ? ttl.Build() : null };
    }

    private void Go(string key, string nameSpace)
    {
        (_key, _namespace) = (key, nameSpace);
        Keyed.SetCurrentKey(Convert.FromHexString(key));
        Keyed.SetCurrentNamespace(Convert.FromHexString(nameSpace));
    }

    private void OpenAll()
    {
        Backend = _open(new RocksDBOptions { DataDirectory = _folder.At("state"), EnableStatistics = false, Wal = _wal });
        Keyed = Backend.CreateKeyedStateBackend<byte[]>(
            new KeyedStateBackendOptions { MaxParallelism = 4, Clock = StateClock.Manual, RowCacheSize = _rowCacheSize });
        Keyed.SetProcessingTime(_now);
        ValueStates = Values.Select(name => Keyed.GetValueState(StateDescriptors.Value<long>(name), OptionsOf(name))).ToArray();
        ListStates = Lists.Select(name => Keyed.GetListState(StateDescriptors.List<long>(name), OptionsOf(name))).ToArray();
        MapStates = Maps.Select(name => Keyed.GetMapState(StateDescriptors.Map<byte[], long?>(name), OptionsOf(name))).ToArray();
        SumStates = Sums.Select(name => Keyed.GetReducingState(SumDescriptor(name), OptionsOf(name))).ToArray();
    }

    private static ReducingStateDescriptor<long> SumDescriptor(string name) => name.StartsWith("own", StringComparison.Ordinal)
        ? new ReducingStateDescriptor<long>(name, (left, right) => left + right)
        : ReducingStateDescriptor.SumOfInt64(name);

    private void Close()
    {
        Keyed.Dispose();
        Backend.Dispose();
    }

    private void AssertValue(int index)
    {
        var expected = Here(Values[index]);
        Assert.Equal(!expected.IsEmpty, ValueStates[index].TryGet(out var value));
        if (expected.IsEmpty) return;
        Assert.Equal(expected.Numbers, [value]);
        // Reading renews what is renewed by reading.
        if (Values[index].Contains("read", StringComparison.Ordinal)) WriteHere(Values[index], KeyedModel.Cell.Of(Model.Stamp(value)));
    }

    private void AssertList(int index)
    {
        var expected = Here(Lists[index]).Numbers.ToList();
        Assert.Equal(expected, ListStates[index].Get());
        var scanned = new List<long>();
        foreach (var element in ListStates[index].Scan()) scanned.Add(element);
        Assert.Equal(expected, scanned);
        Assert.Equal(expected.Count == 0, ListStates[index].IsEmpty());
    }

    private void AssertMap(int index)
    {
        var expected = Here(Maps[index]).Entries;
        var map = MapStates[index];
        Assert.Equal(expected.Select(entry => (entry.Key, entry.Value.Value)), map.Entries().Select(entry => (Hex(entry.Key), entry.Value)));
        Assert.Equal(expected.Count == 0, map.IsEmpty());
        foreach (var (key, value) in expected)
        {
            Assert.True(map.TryGet(Convert.FromHexString(key), out var stored) && stored == value.Value, $"The entry {key} is not {value.Value}.");
        }
    }

    private void AssertSum(int index)
    {
        var expected = Here(Sums[index]);
        Assert.Equal(!expected.IsEmpty, SumStates[index].TryGet(out var sum));
        if (!expected.IsEmpty) Assert.Equal(expected.Numbers, [sum]);
    }
}
