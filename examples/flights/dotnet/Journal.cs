using FlinkDotNet.Storage.RocksDB;

namespace Flights;

/// <summary>How a batch that a kill cuts off is taken back.</summary>
/// <remarks>
/// Each change of a state is durable by itself: with the log enabled what survives a kill is exactly what was acknowledged, in its order. But
/// a batch is some thousand changes, and a sum does not show whether a row is in it already. So, in this order:
/// <list type="number">
/// <item>The journal: the present values of all sums that the batch is about to change, in one write.</item>
/// <item>The changes, row by row.</item>
/// <item>The position after the batch, in one write, last. This is the moment at which the batch counts.</item>
/// </list>
/// A worker that finds a journal of its own position has a batch half done: it puts the old values back and begins the batch again.
/// Everything else that a batch changes may be done twice, because it comes out the same: a greatest value, a destination (which remembers
/// its last row), a timer (registered twice it is one), a report (which is made once). So the state is as if every row had been there
/// exactly once. In a Flink job a checkpoint does this, for the states of all tasks at one moment of the stream.
/// </remarks>
internal sealed class Journal(RocksDBStateBackend backend, JobStates states)
{
    private readonly RocksDBListState<(long Row, long Sum, long OldValue, string Key)> _records =
        backend.GetOperatorListState(StateDescriptors.List<(long, long, long, string)>("journal"));

    /// <summary>Step 1, for the keys that the rows of the batch touch.</summary>
    public void Write(long row, IEnumerable<string> keys) => _records.Update(keys.SelectMany(key => RecordsOf(row, key)));

    /// <summary>
    /// Takes back what was changed beyond a row; returns of how many keys. Repeating it, after another kill, changes nothing.
    /// </summary>
    public int RollBack(long row)
    {
        var records = _records.Get().Where(record => record.Row == row).ToList();
        foreach (var (_, index, oldValue, key) in records)
        {
            var sum = states.Select(key).Sums[checked((int)index)];
            sum.Clear();
            if (oldValue != 0)
                sum.Add(oldValue);
        }

        return records.DistinctBy(record => record.Key).Count();
    }

    private List<(long Row, long Sum, long OldValue, string Key)> RecordsOf(long row, string key) =>
        [.. states.Select(key).Sums.Select((sum, index) => (row, (long)index, sum.Get(), key))];
}
