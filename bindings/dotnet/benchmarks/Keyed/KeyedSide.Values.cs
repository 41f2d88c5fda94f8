namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <content>Values and sums.</content>
internal sealed partial class KeyedSide
{
    private readonly RocksDBValueState<long> _value;
    private readonly RocksDBValueState<long> _valueTtl;
    private readonly RocksDBValueState<long> _valueTtlRead;
    private readonly RocksDBReducingState<long> _sum;

    public ulong ValueGet(in Sequence sequence) => Get(_value, sequence);

    public ulong ValueGetTtl(in Sequence sequence) => Get(_valueTtl, sequence);

    public ulong ValueGetTtlRead(in Sequence sequence) => Get(_valueTtlRead, sequence);

    public ulong ValueUpdate(in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            _value.Update(sequence.ValueNumber(at));
        }

        return (ulong)sequence.Count;
    }

    public ulong ValueReadModifyWrite(in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            var value = _value.Value();
            _value.Update(KeyedWorkload.Modified(value, sequence.ValueNumber(at)));
            sum += (ulong)value;
        }

        return sum;
    }

    public ulong SumAdd(in Sequence sequence)
    {
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            _sum.Add(KeyedWorkload.Modified(0, sequence.ValueNumber(at)));
        }

        return (ulong)sequence.Count;
    }

    private ulong Get(RocksDBValueState<long> state, in Sequence sequence)
    {
        ulong sum = 0;
        for (var at = 0; at < sequence.Count; at++)
        {
            _keyed.SetCurrentKey(sequence.KeyNumber(at));
            sum += (ulong)state.Value();
        }

        return sum;
    }
}
