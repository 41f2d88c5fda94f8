using System.Diagnostics;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Activities of the long operations. What a listener throws stays here: it neither ends an operation nor hides a failure of one.</summary>
internal static class Tracing
{
    private static readonly ActivitySource? Source = CreateSource(RocksDBTelemetry.ActivitySourceName);

    /// <summary>Makes a source; null when a listener cannot stand it.</summary>
    public static ActivitySource? CreateSource(string name)
    {
        try
        {
            return Unloading.Ends(new ActivitySource(name, RocksDBTelemetry.Version));
        }
#pragma warning disable CA1031 // Whatever a listener throws.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    /// <summary>Begins an activity, or nothing when nobody listens.</summary>
    public static TracedOperation Start(string operation, string dataDirectory, string? family = null)
    {
        if (Source?.HasListeners() != true) return default;
        KeyValuePair<string, object?>[] tags = [.. RocksDBTelemetry.TagsOf(dataDirectory), new("db.operation.name", operation)];
        if (family is not null) tags = [.. tags, new("db.collection.name", family)];
        var caller = Activity.Current;
        try
        {
            return new TracedOperation(Source.StartActivity(ActivityKind.Internal, tags: tags, name: family is null ? operation : $"{operation} {family}"), caller);
        }
#pragma warning disable CA1031 // Whatever a listener throws.
        catch (Exception)
#pragma warning restore CA1031
        {
            Activity.Current = caller;
            return default;
        }
    }

    /// <summary>Does the work inside an activity.</summary>
    public static void Run(string operation, string dataDirectory, string? family, Action work)
    {
        using var traced = Start(operation, dataDirectory, family);
        try
        {
            work();
        }
        catch (Exception exception)
        {
            traced.Fail(exception);
            throw;
        }
    }
}
