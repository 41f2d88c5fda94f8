namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Declares aggregating states that the library aggregates itself, in one call for each value added.</summary>
/// <remarks>A sum or count of integers that leaves its range throws <see cref="OverflowException"/> and stays as it was.</remarks>
public static class AggregatingStateDescriptor
{
    /// <summary>Declares a sum of integers.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static AggregatingStateDescriptor<long, long> SumOfInt64(string name) => OfInt64(name, "sum_i64");

    /// <summary>Declares a least integer.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static AggregatingStateDescriptor<long, long> MinOfInt64(string name) => OfInt64(name, "min_i64");

    /// <summary>Declares a greatest integer.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static AggregatingStateDescriptor<long, long> MaxOfInt64(string name) => OfInt64(name, "max_i64");

    /// <summary>Declares a mean of integers.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static AggregatingStateDescriptor<long, double> AverageOfInt64(string name) =>
        new NativeAggregatingDescriptor<long, double>(name, "average_i64", Int64Format.TypeId, handle => new Int64AverageState(name, handle));

    /// <summary>Declares a sum of doubles.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static AggregatingStateDescriptor<double, double> SumOfDouble(string name) => OfDouble(name, "sum_f64");

    /// <summary>Declares a least double.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static AggregatingStateDescriptor<double, double> MinOfDouble(string name) => OfDouble(name, "min_f64");

    /// <summary>Declares a greatest double.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static AggregatingStateDescriptor<double, double> MaxOfDouble(string name) => OfDouble(name, "max_f64");

    /// <summary>Declares a mean of doubles.</summary>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static AggregatingStateDescriptor<double, double> AverageOfDouble(string name) => OfDouble(name, "average_f64");

    /// <summary>Declares a count.</summary>
    /// <typeparam name="TIn">Type of what is counted, which is not stored.</typeparam>
    /// <param name="name">Name of the state.</param>
    /// <returns>The descriptor.</returns>
    public static AggregatingStateDescriptor<TIn, long> CountOf<TIn>(string name) =>
        new NativeAggregatingDescriptor<TIn, long>(name, "count", string.Empty, handle => new CountState<TIn>(name, handle));

    private static NativeAggregatingDescriptor<long, long> OfInt64(string name, string aggregate) =>
        new(name, aggregate, Int64Format.TypeId, handle => new Int64AggregatingState(name, handle));

    private static NativeAggregatingDescriptor<double, double> OfDouble(string name, string aggregate) =>
        new(name, aggregate, DoubleFormat.TypeId, handle => new DoubleAggregatingState(name, handle));
}
