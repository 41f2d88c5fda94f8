namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Declares reducing states that the library reduces itself, in one call for each value added.</summary>
/// <remarks>A sum of integers that leaves its range throws <see cref="OverflowException"/> and stays as it was.</remarks>
public static class ReducingStateDescriptor
{
    /// <summary>Declares a sum of integers.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static ReducingStateDescriptor<long> SumOfInt64(string name) => new Int64ReducingDescriptor(name, "sum_i64");

    /// <summary>Declares a least integer.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static ReducingStateDescriptor<long> MinOfInt64(string name) => new Int64ReducingDescriptor(name, "min_i64");

    /// <summary>Declares a greatest integer.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static ReducingStateDescriptor<long> MaxOfInt64(string name) => new Int64ReducingDescriptor(name, "max_i64");

    /// <summary>Declares a sum of doubles.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static ReducingStateDescriptor<double> SumOfDouble(string name) => new DoubleReducingDescriptor(name, "sum_f64");

    /// <summary>Declares a least double.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static ReducingStateDescriptor<double> MinOfDouble(string name) => new DoubleReducingDescriptor(name, "min_f64");

    /// <summary>Declares a greatest double.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static ReducingStateDescriptor<double> MaxOfDouble(string name) => new DoubleReducingDescriptor(name, "max_f64");
}
