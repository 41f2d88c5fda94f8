using System.Diagnostics.Metrics;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The instruments of credit pools. Pools of the same name are reported as one: their figures added up, the longest wait of them.</summary>
internal sealed class CreditMeter : SubjectMeter<CreditFigures>
{
    /// <summary>Initializes a new instance of the <see cref="CreditMeter"/> class.</summary>
    public CreditMeter(Meter meter)
        : base(meter)
    {
        CreateLevels();
        CreateTotals();
    }

    /// <summary>Gets that of the process, made with the first pool.</summary>
    public static CreditMeter Shared { get; } = new(RocksDBTelemetry.Meter);

    /// <summary>Begins to report a pool.</summary>
    public MeteredSubject<CreditFigures> Add(string name, Func<CreditFigures> read, TimeProvider? clock = null) =>
        Add(name, [new("credit_pool.name", name)], () => Read(read), clock);

    private static CreditFigures? Read(Func<CreditFigures> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is StateBackendException or ObjectDisposedException)
        {
            return null;
        }
    }

    private void CreateLevels()
    {
        UpDownCounter<long>("flink.state_backend.credit_pool.capacity", "{credit}", "Credits that there are.", static f => f.Capacity);
        UpDownCounter<long>("flink.state_backend.credit_pool.limit", "{credit}", "Credits that may be out.", static f => f.Limit);
        UpDownCounter<long>("flink.state_backend.credit_pool.outstanding", "{credit}", "Credits that are out.", static f => f.Outstanding);
        UpDownCounter<long>(
            "flink.state_backend.credit_pool.free", "{credit}", "Credits within the limit that are not out; 0 while more are out than the limit.",
            static f => Math.Max(0, f.Limit - f.Outstanding));
        UpDownCounter<long>(
            "flink.state_backend.credit_pool.waiting_credits", "{credit}", "Credits that the calls in the queue wait for.",
            static f => f.WaitingCredits);
        UpDownCounter<long>("flink.state_backend.credit_pool.waiting_calls", "{call}", "Calls in the queue.", static f => f.WaitingCalls);
        Gauge<double>(
            "flink.state_backend.credit_pool.queue_wait", "s", "Time that 95 % of calls do not exceed in the queue, or the age of the oldest in it.",
            static f => f.QueueWait.TotalSeconds);
        UpDownCounter<long>("flink.state_backend.credit_pool.channels", "{channel}", "Open channels.", static f => f.Channels);
        UpDownCounter<long>(
            "flink.state_backend.credit_pool.probing", "{pool}", "1 while the engine stands still and one call is granted per period, else 0.",
            static f => f.IsProbing ? 1 : 0);
    }

    private void CreateTotals()
    {
        Counter<long>("flink.state_backend.credit_pool.granted_credits", "{credit}", "Credits granted.", static f => f.GrantedCredits);
        Counter<long>("flink.state_backend.credit_pool.granted_calls", "{call}", "Calls that were granted credits.", static f => f.GrantedCalls);
        Counter<long>("flink.state_backend.credit_pool.refused_calls", "{call}", "Requests that were granted none.", static f => f.RefusedCalls);
        Counter<long>("flink.state_backend.credit_pool.timed_out_calls", "{call}", "Calls whose time was up.", static f => f.TimedOutCalls);
        Counter<long>(
            "flink.state_backend.credit_pool.cancelled_calls", "{call}", "Calls that were cancelled while they waited.",
            static f => f.CancelledCalls);
        Counter<long>("flink.state_backend.credit_pool.congestions", "{write}", "Writes that the engine refused.", static f => f.Congestions);
    }
}
