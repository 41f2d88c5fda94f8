using System.Diagnostics;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>An operation that is under way, with its activity when somebody listens.</summary>
internal readonly struct TracedOperation(Activity? activity, Activity? caller) : IDisposable
{
    /// <summary>Says which checkpoint the activity is about.</summary>
    public void IsOf(long checkpointId) => activity?.SetTag("flink.checkpoint.id", checkpointId);

    /// <summary>Marks the activity as failed.</summary>
    public void Fail(Exception exception)
    {
        if (activity is null) return;
        Fail(exception.Message);
        activity.SetTag("error.type", exception.GetType().FullName);
        if (exception is StateBackendException failure) activity.SetTag("db.response.status_code", failure.Status.ToString());
    }

    /// <summary>Marks the activity as failed without an exception.</summary>
    public void Fail(string reason) => activity?.SetStatus(ActivityStatusCode.Error, reason);

    /// <summary>Ends the activity.</summary>
    public void Dispose()
    {
        try
        {
            activity?.Dispose();
        }
#pragma warning disable CA1031 // Whatever a listener throws; the activity has ended, but is still the current one.
        catch (Exception)
#pragma warning restore CA1031
        {
            Activity.Current = caller;
        }
    }
}
