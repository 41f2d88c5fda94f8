namespace FlightsWorker;

/// <summary>How far the job is, for whoever watches it.</summary>
internal sealed class JobFigures(int parallelism)
{
    /// <summary>Rows of the source that have been sent, those before a restore included.</summary>
    public long SourceRows;

    /// <summary>Row at which the source has begun.</summary>
    public long FirstRow;

    /// <summary>Event time that the source has reached.</summary>
    public long Watermark;

    /// <summary>Rows that each subtask has taken up.</summary>
    public long[] SubtaskRows { get; } = new long[parallelism];

    /// <summary>Windows that each subtask has closed.</summary>
    public long[] ClosedWindows { get; } = new long[parallelism];
}
