using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB;

namespace Flights;

/// <summary>
/// The daily report: a timer in event time, due when the last minute of a day has passed, makes it of the aggregates in the namespace of the
/// day, which go then.
/// </summary>
internal sealed class DailyReports : ITimerHandler<string, TimeWindow>
{
    private readonly KeyedStateBackend<string> _keyed;
    private readonly AggregateStates _days;
    private readonly RocksDBTimerService<string, TimeWindow> _timers;
    private readonly RocksDBMapState<long, ((long, long, long), (long, long, long))> _reports; // by the midnight at which the day begins

    public DailyReports(KeyedStateBackend<string> keyed, AggregateStates days)
    {
        (_keyed, _days) = (keyed, days);
        _timers = keyed.CreateTimerService("daily-report", this);
        _reports = keyed.GetMapState(StateDescriptors.Map<long, ((long, long, long), (long, long, long))>("day.reports"));
    }

    /// <summary>Sees to it that the day of the flight will be reported; a timer that is registered stays one.</summary>
    public void Register(in Flight flight)
    {
        var day = EventTime.DayOf(flight.Scheduled);
        _timers.RegisterEventTimeTimer(JobStates.City, day, day.MaxTimestamp());
    }

    /// <summary>Reports the days that end before the watermark.</summary>
    public void Advance(long watermark) => _timers.AdvanceGlobalWatermark(watermark);

    /// <summary>The reports of the days that begin after a time, in their order.</summary>
    public List<(long Day, Aggregate Report)> ReadAfter(long time)
    {
        _keyed.ClearCurrentNamespace();
        _keyed.SetCurrentKey(JobStates.City);
        var reports = new List<(long, Aggregate)>();
        foreach (var (day, ((flights, cancelled, departureDelay), (arrived, arrivalDelay, worst))) in _reports.Scan())
        {
            if (day > time)
                reports.Add((day, new Aggregate(flights, cancelled, departureDelay, arrived, arrivalDelay, worst)));
        }

        return reports;
    }

    public void OnEventTime(string key, TimeWindow window, long timestamp)
    {
        _keyed.SetCurrentNamespace(window);
        var it = _days.Read();
        _days.Clear();
        _keyed.ClearCurrentNamespace();
        _reports.Put(window.Start, ((it.Flights, it.Cancelled, it.DepartureDelay), (it.Arrived, it.ArrivalDelay, it.Worst)));
    }

    public void OnProcessingTime(string key, TimeWindow window, long timestamp) =>
        throw new NotSupportedException("The job registers no timers in processing time.");
}
