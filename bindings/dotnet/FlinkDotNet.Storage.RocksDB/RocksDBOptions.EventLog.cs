namespace FlinkDotNet.Storage.RocksDB;

/// <content>The event log: what the library and RocksDB tell, into rolling files and into the backend's <c>ILogger</c>.</content>
public partial class RocksDBOptions
{
    /// <summary>
    /// Gets or sets the folder of the event log's files, one line for each event. Default null, no files. Backends may share it: each data
    /// folder has files of its own.
    /// </summary>
    public string? EventLogDirectory { get; set; }

    /// <summary>Gets or sets the least severe event that is written into the files. Default <see cref="EventLogLevel.Info"/>.</summary>
    public EventLogLevel EventLogLevel { get; set; } = EventLogLevel.Info;

    /// <summary>Gets or sets when a new file begins. Default <see cref="EventLogRotation.Daily"/>.</summary>
    public EventLogRotation EventLogRotation { get; set; } = EventLogRotation.Daily;

    /// <summary>
    /// Gets or sets how many earlier files are kept beside the one that is written. Default 7, from 1 to 1000; older ones are deleted when a
    /// file begins.
    /// </summary>
    public int EventLogFileCount { get; set; } = 7;

    /// <summary>
    /// Gets or sets how many events wait for the backend's <c>ILogger</c>, to which a timer passes them on. Default 1024, from 1 to 65536; what
    /// comes to a full queue is dropped, and the logger is told how many. 0 passes nothing on; neither does a <c>NullLogger</c>.
    /// </summary>
    public int EventLogQueueRecords { get; set; } = 1024;

    /// <summary>
    /// Gets or sets the least severe event that is passed on. Default <see cref="EventLogLevel.Warn"/>; with <see cref="EventLogLevel.Info"/>
    /// RocksDB tells of each flush and compaction.
    /// </summary>
    public EventLogLevel EventLogQueueLevel { get; set; } = EventLogLevel.Warn;

    /// <summary>Gets or sets how often events are passed on. Default one second; from 1 ms to an hour. The last are passed on by disposing.</summary>
    public TimeSpan EventLogPeriod { get; set; } = TimeSpan.FromSeconds(1);

#pragma warning disable SA1401, CA1051 // A field, because code generated for configurations would bind a property.
    /// <summary>The clock whose timer passes events on.</summary>
    internal TimeProvider EventLogClock = TimeProvider.System;
#pragma warning restore SA1401, CA1051
}
