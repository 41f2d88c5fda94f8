namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <content>Maps.</content>
internal sealed partial class KeyedSide
{
    private readonly RocksDBMapState<long, long> _map;
    private readonly RocksDBMapState<long, long> _mapTtl;
    private readonly RocksDBMapState<long, long> _largeMap;
    private readonly Dictionary<long, long> _entries = [];

    public ulong MapGet(in Sequence sequence) => Get(_map, sequence);

    public ulong MapGetTtl(in Sequence sequence) => Get(_mapTtl, sequence);

    public ulong MapContains(in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            if (_map.Contains(KeyedWorkload.MapKeyOf(sequence.ValueNumber(at), 2 * KeyedWorkload.MapEntries))) sum++;
        }

        return sum;
    }

    public ulong MapPut(in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++)
        {
            var value = sequence.ValueNumber(at);
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            _map.Put(KeyedWorkload.MapKeyOf(value, KeyedWorkload.MapEntries), value);
        }

        return (ulong)sequence.Count;
    }

    public ulong MapPutAll(in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++)
        {
            var drawn = sequence.ValueNumber(at);
            for (var index = 0; index < KeyedWorkload.MapEntries; index++) _entries[index] = drawn + index;
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            _map.PutAll(_entries);
        }

        return (ulong)sequence.Count;
    }

    public ulong MapIsEmpty(in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            if (_map.IsEmpty()) sum++;
        }

        return sum;
    }

    public ulong MapKeysOf(in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            foreach (var entry in _map.Scan()) sum += (ulong)entry.Key;
        }

        return sum;
    }

    public ulong MapIterate(in Sequence sequence) => Iterate(_map, sequence);

    public ulong LargeMapIterate(in Sequence sequence) => Iterate(_largeMap, sequence);

    private ulong Get(RocksDBMapState<long, long> state, in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            sum += (ulong)state.Get(KeyedWorkload.MapKeyOf(sequence.ValueNumber(at), KeyedWorkload.MapEntries));
        }

        return sum;
    }

    private ulong Iterate(RocksDBMapState<long, long> state, in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            foreach (var entry in state.Scan()) sum += (ulong)entry.Key + (ulong)entry.Value;
        }

        return sum;
    }
}
