namespace FlinkDotNet.Storage.RocksDB;

/// <summary>How a host makes checkpoints of a backend, and how it ends; see <see cref="RocksDBCheckpointing"/>. They are read once.</summary>
public class RocksDBCheckpointingOptions
{
    private static readonly TimeSpan LongestShutdown = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gets or sets the time from the beginning of a checkpoint to that of the next. Default one minute, up to a day; <see cref="TimeSpan.Zero"/>
    /// makes none by itself. A checkpoint that takes longer is followed by the next at once: two never overlap.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Gets or sets the longest time from one attempt to the next while checkpoints fail. Each failure doubles the interval, up to this. Default
    /// ten minutes, up to a day; what is less than <see cref="Interval"/> counts as that.
    /// </summary>
    public TimeSpan LongestBackoff { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Gets or sets a value indicating whether a last checkpoint is made when all hosted services have stopped. Default false: a job that reads its
    /// source again from the last one needs none.
    /// </summary>
    public bool OnShutdown { get; set; }

    /// <summary>
    /// Gets or sets the time within which the last checkpoint is made and the backend closes. Default 8 seconds; from 1 to less than 10, which is
    /// what FLINK.NET and most orchestrators grant.
    /// </summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Refuses what no host can go by.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message begins with its name.</exception>
    internal void Check()
    {
        CheckDay(nameof(Interval), Interval);
        CheckDay(nameof(LongestBackoff), LongestBackoff);
        if (ShutdownTimeout < TimeSpan.FromSeconds(1) || ShutdownTimeout >= LongestShutdown)
        {
            throw new ArgumentException($"{nameof(ShutdownTimeout)} must be from 1 second to less than 10, but is {ShutdownTimeout}.");
        }
    }

    private static void CheckDay(string name, TimeSpan value)
    {
        if (value < TimeSpan.Zero || value > TimeSpan.FromDays(1)) throw new ArgumentException($"{name} must be from zero to a day, but is {value}.");
    }
}
