using System.Globalization;
using static FlinkDotNet.Storage.RocksDB.Tests.Traces.TraceText;

namespace FlinkDotNet.Storage.RocksDB.Tests.Traces;

/// <summary>The states of a trace. What each is, its name says: the kind, and after it what it has of a time-to-live.</summary>
internal sealed class TraceStates(KeyedStateBackend<byte[]> keyed)
{
    private const int TimeToLiveMillis = 10;

    /// <summary>Answers a line about a state.</summary>
    public string? Answer(string verb, string[] words) => words[0].Split('-')[0] switch
    {
        "value" => OfValue(keyed.GetValueState(StateDescriptors.Value<byte[]>(words[0]), OptionsOf(words[0])), verb, words),
        "list" => OfList(keyed.GetListState(StateDescriptors.List<byte[]>(words[0]), OptionsOf(words[0])), verb, words),
        "map" => OfMap(keyed.GetMapState(StateDescriptors.Map<byte[], byte[]?>(words[0]), OptionsOf(words[0])), verb, words),
        _ => OfAggregate(verb, words),
    };

    /// <summary>Opens every state of a list, each by its name.</summary>
    public void Open(IEnumerable<string> names)
    {
        foreach (var name in names) Answer("open", [name]);
    }

    private static StateOptions OptionsOf(string name)
    {
        var words = name.Split('-');
        if (!words.Contains("ttl")) return StateOptions.InNamespaces<byte[]>();
        var ttl = StateTtlConfig.NewBuilder(TimeSpan.FromMilliseconds(TimeToLiveMillis));
        if (words.Contains("read")) ttl.UpdateTtlOnReadAndWrite();
        if (words.Contains("shown")) ttl.ReturnExpiredIfNotCleanedUp();
        if (words.Contains("event")) ttl.UseEventTime();
        return StateOptions.InNamespaces<byte[]>() with { TimeToLive = ttl.Build() };
    }

    private string? OfValue(RocksDBValueState<byte[]> state, string verb, string[] words)
    {
        if (verb == "get") return state.TryGet(out var value) ? Word(value) : "none";
        if (verb != "put") return OfAny(state, verb);
        state.Update(Bytes(words[1]));
        return null;
    }

    private string? OfList(RocksDBListState<byte[]> state, string verb, string[] words)
    {
        var elements = words.Skip(1).Select(Bytes).ToArray();
        switch (verb)
        {
            case "elements":
                return Listed(state.Get().Select(element => Word(element)));
            case "scan_elements":
                var scanned = new List<string>();
                foreach (var element in state.Scan()) scanned.Add(Word(element));
                return Listed(scanned);
            case "add_elements":
                Add(state, elements);
                return null;
            case "update_elements":
                state.Update(elements);
                return null;
            case "merge":
                state.MergeNamespaces(elements[0], elements.Skip(1));
                return null;
            default:
                return OfAny(state, verb);
        }
    }

    /// <summary>Adds by each of the ways there are.</summary>
    private static void Add(RocksDBListState<byte[]> state, byte[][] elements)
    {
        if (elements.Length == 1) state.Add(elements[0]);
        else if (elements.Length == 2) state.AddAll(elements);
        else state.AddRange(elements);
    }

    private string? OfMap(RocksDBMapState<byte[], byte[]?> state, string verb, string[] words)
    {
        switch (verb)
        {
            case "map_put":
                state.Put(Bytes(words[1]), Optional(words[2]));
                return null;
            case "map_put_all":
                state.PutAll(words.Skip(1).Chunk(2).ToDictionary(entry => Bytes(entry[0]), entry => Optional(entry[1])));
                return null;
            case "map_get":
                return state.TryGet(Bytes(words[1]), out var value) ? Word(value) : "none";
            case "map_contains":
                return YesOrNo(state.Contains(Bytes(words[1])));
            case "map_remove":
                state.Remove(Bytes(words[1]));
                return null;
            case "entries":
                return Listed(state.Entries().Select(entry => $"{Word(entry.Key)} {Word(entry.Value)}"));
            case "prune":
                Prune(state);
                return null;
            default:
                return OfAny(state, verb);
        }
    }

    /// <summary>Removes every second entry in a strict walk and makes nothing of the others.</summary>
    private static void Prune(RocksDBMapState<byte[], byte[]?> state)
    {
        using var scan = state.Scan(strict: true);
        for (var number = 0; scan.MoveNext(); number++)
        {
            if (number % 2 == 0) scan.RemoveCurrent();
            else scan.ReplaceCurrent(null);
        }
    }

    private string? OfAggregate(string verb, string[] words)
    {
        var (name, options) = (words[0], OptionsOf(words[0]));
        return name.Split("-ttl")[0] switch
        {
            "sum" => OfReducing(keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64(name), options), verb, words),
            "min" => OfReducing(keyed.GetReducingState(ReducingStateDescriptor.MinOfInt64(name), options), verb, words),
            "max-f64" => OfReducing(keyed.GetReducingState(ReducingStateDescriptor.MaxOfDouble(name), options), verb, words),
            "sum-f64" => OfAggregating(keyed.GetAggregatingState(AggregatingStateDescriptor.SumOfDouble(name), options), verb, words),
            "average" => OfAggregating(keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfInt64(name), options), verb, words),
            "average-f64" => OfAggregating(keyed.GetAggregatingState(AggregatingStateDescriptor.AverageOfDouble(name), options), verb, words),
            "count" => OfAggregating(keyed.GetAggregatingState(AggregatingStateDescriptor.CountOf<long>(name), options), verb, words),
            _ => throw new ArgumentException($"There is no state {name}."),
        };
    }

    private string? OfReducing<T>(RocksDBReducingState<T> state, string verb, string[] words)
        where T : struct, IParsable<T>, IFormattable
    {
        if (verb == "result") return state.TryGet(out var value) ? Number(value) : "none";
        if (verb == "add") state.Add(T.Parse(words[1], CultureInfo.InvariantCulture));
        else if (verb == "merge") state.MergeNamespaces(Bytes(words[1]), words.Skip(2).Select(Bytes));
        else return OfAccumulator(state, verb, words);
        return null;
    }

    private string? OfAggregating<TIn, TOut>(RocksDBAggregatingState<TIn, TOut> state, string verb, string[] words)
        where TIn : struct, IParsable<TIn>
        where TOut : struct, IFormattable
    {
        if (verb == "result") return state.TryGet(out var value) ? Number(value) : "none";
        if (verb == "add") state.Add(TIn.Parse(words[1], CultureInfo.InvariantCulture));
        else if (verb == "merge") state.MergeNamespaces(Bytes(words[1]), words.Skip(2).Select(Bytes));
        else return OfAccumulator(state, verb, words);
        return null;
    }

    private string? OfAccumulator(RocksDBAccumulatorState state, string verb, string[] words)
    {
        if (verb == "get") return state.GetAccumulator() is { } accumulator ? Word(accumulator) : "none";
        if (verb != "put") return OfAny(state, verb);
        state.UpdateAccumulator(Bytes(words[1]));
        return null;
    }

    private static string Number<T>(T value)
        where T : struct, IFormattable => value is double number ? Word(number) : value.ToString(null, CultureInfo.InvariantCulture);

    private string? OfAny(RocksDBState state, string verb)
    {
        switch (verb)
        {
            case "open":
                return null;
            case "clear":
                state.Clear();
                return null;
            case "is_empty":
                return YesOrNo(state.IsEmpty());
            case "keys":
                return Listed(keyed.GetKeys(state.Name, CurrentNamespace).Select(key => Word(key)));
            case "keys_and_namespaces":
                return Listed(keyed.GetKeysAndNamespaces<byte[]>(state.Name).Select(pair => $"{Word(pair.Key)}/{Word(pair.Namespace)}"));
            default:
                throw new ArgumentException($"There is no verb {verb} for the state {state.Name}.");
        }
    }

    /// <summary>Gets or sets the namespace that was made the current one.</summary>
    public byte[] CurrentNamespace { get; set; } = [];
}
