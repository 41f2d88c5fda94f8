namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The effective pressure of a backend has crossed a threshold.</summary>
/// <param name="threshold">The threshold.</param>
/// <param name="isRaised">Whether it went up.</param>
/// <param name="pressure">The reading.</param>
public sealed class BackPressureCrossedEventArgs(double threshold, bool isRaised, BackPressure pressure) : EventArgs
{
    /// <summary>Gets the threshold.</summary>
    public double Threshold { get; } = threshold;

    /// <summary>
    /// Gets a value indicating whether the pressure has risen above the threshold; false when it has fallen below it by the monitor's
    /// hysteresis.
    /// </summary>
    public bool IsRaised { get; } = isRaised;

    /// <summary>Gets the reading that crossed it.</summary>
    public BackPressure Pressure { get; } = pressure;
}
