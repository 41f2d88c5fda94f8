namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Options of a <see cref="BackPressureMonitor"/>. They are read once.</summary>
public sealed class BackPressureMonitorOptions
{
    /// <summary>Gets or sets the time between readings. Default 100 ms, as often as a control law acts; from 1 ms on.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets the thresholds of the effective pressure, each above 0 and at most 1. Default 0.7 and 0.8.</summary>
    public IReadOnlyList<double> Thresholds { get; set; } = [0.7, 0.8];

    /// <summary>
    /// Gets or sets the share of a threshold below which the pressure must fall before it counts as crossed downwards. Default 0.9, so that a
    /// pressure that wavers is told once; above 0 and at most 1.
    /// </summary>
    public double Hysteresis { get; set; } = 0.9;

    /// <summary>Gets or sets the clock. Default the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Refuses what no monitor can go by.</summary>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Thresholds);
        if (Period < TimeSpan.FromMilliseconds(1)) throw new ArgumentException($"{nameof(Period)} is {Period}; it must be a millisecond or more.");
        foreach (var threshold in Thresholds) CheckShare(threshold, nameof(Thresholds));
        CheckShare(Hysteresis, nameof(Hysteresis));
    }

    private static void CheckShare(double share, string name)
    {
        if (!(share > 0 && share <= 1)) throw new ArgumentException(FormattableString.Invariant($"{name} has {share}; it must be above 0 and at most 1."));
    }
}
