namespace Flights;

/// <summary>One worker from its start to its end, which it meets at the kill row or with the stream.</summary>
internal sealed class WorkerRun(WorkerProcess worker, long totalRows, long? killRow, bool isSlow, Diary diary)
{
    /// <summary>Batches that a worker may be ahead of what the supervisor has read.</summary>
    private const long CreditWindow = 8;

    private static readonly TimeSpan s_slowBatch = TimeSpan.FromMilliseconds(20); // about 10 s for the 422 batches

    private Progress? _progress;
    private long _credits; // batches that the worker may still be granted
    private long? _killRow = killRow;
    private bool _isKilled;

    /// <summary>Where its state told the worker to go on.</summary>
    public long FirstRow { get; private set; }

    /// <summary>Row of its last checkpoint, from which the next worker goes on when it is killed.</summary>
    public long CheckpointedRow { get; private set; }

    /// <summary>What the worker last acknowledged.</summary>
    public long LastRow { get; private set; }

    /// <summary>Reads the first report, which says where the state tells the worker to go on.</summary>
    public void AwaitStart()
    {
        if (worker.NextReport() is not Report.Started start)
            throw new FlightsException("the worker could not start; its own sentence stands above.");
        FirstRow = LastRow = CheckpointedRow = start.Row;
        _credits = (totalRows - start.Row + Worker.RowsPerBatch - 1) / Worker.RowsPerBatch;
        _progress = new Progress(totalRows, start.Row);
        PlanKill();
    }

    /// <summary>Follows the started worker to its end and keeps its checkpoints and statistics; true when it was killed.</summary>
    public bool Follow(List<Report.Checkpoint> checkpoints, List<string> statistics)
    {
        if (FirstRow >= _killRow)
            KillAtWork();
        else
            Grant(CreditWindow);
        while (worker.NextReport() is { } report)
        {
            if (report is Report.Acknowledged acknowledged)
                TakeRow(acknowledged.Row);
            else if (report is Report.Checkpoint checkpoint)
                Keep(checkpoint, checkpoints);
            else if (report is Report.Day day && diary.Take(day.Time, day.Aggregate) is { } line)
                _progress?.Print(line);
            else if (report is Report.Statistic statistic)
                statistics.Add(statistic.Text);
        }

        RequireExpectedEnd();
        _progress?.End();
        return _isKilled;
    }

    /// <summary>Lowers the kill row to one that the worker can reach while its last batch is withheld.</summary>
    private void PlanKill()
    {
        if (FirstRow > 0 && FirstRow >= _killRow)
            _killRow = null;
        if (_killRow is null)
            return;
        _credits--;
        _killRow = Math.Min(_killRow.Value, FirstRow + (_credits * Worker.RowsPerBatch));
    }

    private void Keep(Report.Checkpoint checkpoint, List<Report.Checkpoint> checkpoints)
    {
        CheckpointedRow = checkpoint.Row;
        checkpoints.Add(checkpoint);
    }

    private void TakeRow(long row)
    {
        LastRow = row;
        _progress?.Update(row);
        if (_isKilled)
            return;
        if (isSlow)
            Thread.Sleep(s_slowBatch);
        if (row >= _killRow)
            KillAtWork();
        else
            Grant(1);
    }

    /// <summary>Lets up to 16 milliseconds pass: a few batches and a part of one.</summary>
    private static void Linger() => Thread.Sleep(TimeSpan.FromMicroseconds(Random.Shared.Next(16_000)));

    /// <summary>Kills the worker while it has credits in hand, at a point within a batch that nobody has chosen.</summary>
    private void KillAtWork()
    {
        Grant(CreditWindow);
        Linger();
        worker.Kill();
        _isKilled = true;
    }

    /// <summary>Grants up to so many batches. A worker that is to be killed never gets its last one: it cannot end before.</summary>
    private void Grant(long wanted)
    {
        var batches = Math.Min(wanted, _credits);
        _credits -= batches;
        worker.Grant(batches);
    }

    private void RequireExpectedEnd()
    {
        var wasKilled = worker.WasKilled();
        if (wasKilled && !_isKilled)
            throw new FlightsException("somebody else has killed the worker.");
        if (_isKilled && !wasKilled)
            throw new FlightsException("the worker had ended before it could be killed.");
    }
}
