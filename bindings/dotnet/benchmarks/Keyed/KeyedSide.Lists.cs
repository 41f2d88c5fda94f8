namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <content>Lists.</content>
internal sealed partial class KeyedSide
{
    private readonly RocksDBListState<long> _list;
    private readonly RocksDBListState<long> _listTtl;
    private readonly RocksDBListState<long> _longList;
    private readonly long[] _oneElement = new long[1];
    private readonly List<long> _read = [];
    private readonly long[] _elements = new long[KeyedWorkload.LongListElements];

    public ulong ListAdd(in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            _list.Add(sequence.ValueNumber(at));
        }

        return (ulong)sequence.Count;
    }

    public ulong ListAddAll(in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++)
        {
            var drawn = sequence.ValueNumber(at);
            for (var index = 0; index < _elements.Length; index++) _elements[index] = drawn + index;
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            _list.AddRange(_elements);
        }

        return (ulong)sequence.Count;
    }

    public ulong ListUpdate(in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++)
        {
            _oneElement[0] = sequence.ValueNumber(at);
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            _list.Update(_oneElement);
        }

        return (ulong)sequence.Count;
    }

    public ulong ListGet(in Sequence sequence) => Get(_list, sequence);

    public ulong ListGetTtl(in Sequence sequence) => Get(_listTtl, sequence);

    public ulong ListIterate(in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            foreach (var element in _longList.Scan()) sum += (ulong)element;
        }

        return sum;
    }

    private ulong Get(RocksDBListState<long> state, in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            _read.Clear();
            state.CopyTo(_read);
            foreach (var element in _read) sum += (ulong)element;
        }

        return sum;
    }
}
