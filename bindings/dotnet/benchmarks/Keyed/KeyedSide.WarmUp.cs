namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <content>Warming up.</content>
internal sealed unsafe partial class KeyedSide
{
    private const int WarmUpKeys = 100;

    /// <summary>Has everything compiled, on keys that are not loaded, and leaves the folder as it was.</summary>
    public void WarmUp()
    {
        var numbers = new byte[WarmUpKeys * sizeof(long)];
        new Random(1).NextBytes(numbers);
        fixed (byte* number = numbers)
        {
            var sequence = new Sequence(WarmUpKeys, number, number, long.MaxValue);
            Benchmarks.WarmUp.UntilQuiet(() => RunAll(sequence));
        }

        Settle();
    }

    private void RunAll(in Sequence sequence)
    {
        ValueUpdate(sequence);
        ValueReadModifyWrite(sequence);
        SumAdd(sequence);
        ListUpdate(sequence);
        ListAdd(sequence);
        ListAddAll(sequence);
        MapPut(sequence);
        MapPutAll(sequence);
        Step(_warm, sequence);
        Read(sequence);
        Clear(sequence);
    }

    private void Read(in Sequence sequence)
    {
        ValueGet(sequence);
        ValueGetTtl(sequence);
        ValueGetTtlRead(sequence);
        ListGet(sequence);
        ListGetTtl(sequence);
        ListIterate(sequence);
        MapGet(sequence);
        MapGetTtl(sequence);
        MapContains(sequence);
        MapIsEmpty(sequence);
        MapKeysOf(sequence);
        MapIterate(sequence);
        LargeMapIterate(sequence);
    }

    private void Clear(in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            _value.Clear();
            _sum.Clear();
            _list.Clear();
            _map.Clear();
        }
    }
}
