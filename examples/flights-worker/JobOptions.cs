namespace FlightsWorker;

/// <summary>What the section <c>Job</c> of the configuration says.</summary>
internal sealed class JobOptions
{
    /// <summary>Folder of the CSV file.</summary>
    public string DataFolder { get; set; } = Path.Combine(AppContext.BaseDirectory, "data");

    /// <summary>Number of subtasks that work at once.</summary>
    public int Parallelism { get; set; } = 4;

    /// <summary>How fast the source reads; 0 is as fast as the subtasks take the rows.</summary>
    public int RowsPerSecond { get; set; } = 2000;

    /// <summary>Where the result goes when the stream is over.</summary>
    public string ResultFile { get; set; } = "daily.csv";

    /// <summary>Port of Prometheus' endpoint on localhost; 0 for none.</summary>
    public int PrometheusPort { get; set; }
}
