using System.Diagnostics.Metrics;
using System.Reflection;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The names under which backends report to <c>System.Diagnostics</c>, and so to OpenTelemetry: a meter with the figures of all open
/// backends and credit pools, and an activity source with the long operations of backends. Both cost nothing until somebody listens, and a
/// listener that throws disturbs neither backend nor pool.
/// </summary>
/// <remarks>
/// Each measurement of a backend, and each activity, has the attributes <c>db.system.name</c>, which is <c>rocksdb</c>, and <c>db.namespace</c>, which is the
/// folder of the state as <see cref="RocksDBOptions.DataDirectory"/> names it; an activity has <c>db.operation.name</c> too, one of a
/// single column family <c>db.collection.name</c>, one of a checkpoint <c>flink.checkpoint.id</c>, and one that failed <c>error.type</c>. A measurement of a credit pool has
/// <c>credit_pool.name</c>; pools of the same name are reported as one.
/// </remarks>
public static class RocksDBTelemetry
{
    /// <summary>Name of the meter, for <c>AddMeter</c>.</summary>
    public const string MeterName = "FlinkDotNet.Storage.RocksDB";

    /// <summary>Name of the activity source, for <c>AddSource</c>.</summary>
    public const string ActivitySourceName = "FlinkDotNet.Storage.RocksDB";

    /// <summary>Gets the version that meter and activity source state: that of the package.</summary>
    internal static string? Version { get; } =
        typeof(RocksDBTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

    /// <summary>Gets the meter.</summary>
    internal static Meter Meter { get; } = Unloading.Ends(new Meter(MeterName, Version));

    /// <summary>The attributes of a backend.</summary>
    internal static KeyValuePair<string, object?>[] TagsOf(string dataDirectory) => [new("db.system.name", "rocksdb"), new("db.namespace", dataDirectory)];
}
