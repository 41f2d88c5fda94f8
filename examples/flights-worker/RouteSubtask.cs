using System.Threading.Channels;
using Flights;
using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB;

namespace FlightsWorker;

/// <summary>
/// One of the parallel subtasks: the flights of each route and day, for the routes of its key groups. What a day has so far lives in the
/// namespace of that day, and a timer in event time, due with the day's last millisecond, makes a line of the result of it.
/// </summary>
internal sealed class RouteSubtask : ITimerHandler<string, TimeWindow>, IDisposable
{
    private readonly JobFigures _figures;
    private readonly int _index;
    private readonly KeyedStateBackend<string> _routes;
    private readonly RocksDBReducingState<long> _flights;
    private readonly RocksDBReducingState<long> _cancelled;
    private readonly RocksDBReducingState<long> _delay;
    private readonly RocksDBMapState<long, (long Flights, long Cancelled, long Delay)> _days; // by the midnight at which the day begins
    private readonly RocksDBTimerService<string, TimeWindow> _timers;

    public RouteSubtask(RocksDBStateBackend backend, int index, int parallelism, JobFigures figures)
    {
        (_index, _figures) = (index, figures);
        var range = KeyGroups.RangeOf(FlightsJob.MaxParallelism, parallelism, index);
        _routes = backend.CreateKeyedStateBackend<string>(new() { MaxParallelism = FlightsJob.MaxParallelism, KeyGroupRange = range });
        _flights = _routes.GetReducingState(ReducingStateDescriptor.SumOfInt64("flights"));
        _cancelled = _routes.GetReducingState(ReducingStateDescriptor.SumOfInt64("cancelled"));
        _delay = _routes.GetReducingState(ReducingStateDescriptor.SumOfInt64("delay"));
        _days = _routes.GetMapState(StateDescriptors.Map<long, (long, long, long)>("days"));
        _timers = _routes.CreateTimerService("days", this);
    }

    /// <summary>What the source sends. It waits when the subtask is this far behind.</summary>
    public Channel<Message> Inbox { get; } = Channel.CreateBounded<Message>(new BoundedChannelOptions(16) { SingleReader = true, SingleWriter = true });

    public static string RouteOf(in Flight flight) => $"{flight.Origin}-{flight.Destination}";

    /// <summary>Takes up what comes, one message after the other, until the source has no more.</summary>
    public async Task RunAsync()
    {
        try
        {
            await foreach (var message in Inbox.Reader.ReadAllAsync()) await TakeAsync(message);
        }
        catch (Exception failure)
        {
            Inbox.Writer.TryComplete(failure); // which the source then meets
            throw;
        }
    }

    /// <summary>The lines of the result: route, day, flights, cancelled ones, minutes of delay at the arrival.</summary>
    public List<string> Result()
    {
        var lines = new List<string>();
        _routes.ClearCurrentNamespace();
        foreach (var route in _routes.GetKeys("days").ToList())
        {
            _routes.SetCurrentKey(route);
            foreach (var (day, it) in _days.Scan()) lines.Add($"{route},{EventTime.Name(EventTime.DayOf(day))},{it.Flights},{it.Cancelled},{it.Delay}");
        }

        return lines;
    }

    public void OnEventTime(string key, TimeWindow window, long timestamp)
    {
        _routes.SetCurrentNamespace(window);
        var day = (_flights.Get(), _cancelled.Get(), _delay.Get());
        _flights.Clear();
        _cancelled.Clear();
        _delay.Clear();
        _routes.ClearCurrentNamespace();
        _days.Put(window.Start, day);
        _figures.ClosedWindows[_index]++;
    }

    public void OnProcessingTime(string key, TimeWindow window, long timestamp) =>
        throw new NotSupportedException("The job registers no timers in processing time.");

    public void Dispose() => _routes.Dispose();

    private async Task TakeAsync(Message message)
    {
        switch (message)
        {
            case Message.Rows rows:
                using (rows.Credits) rows.Flights.ForEach(Add); // which gives the credits back
                _figures.SubtaskRows[_index] += rows.Flights.Count;
                break;
            case Message.Watermark watermark:
                _timers.AdvanceGlobalWatermark(watermark.Time);
                break;
            case Message.AtBarrier at:
                await at.Barrier.ArriveAsync();
                break;
        }
    }

    private void Add(Flight flight)
    {
        var (route, day) = (RouteOf(flight), EventTime.DayOf(flight.Scheduled));
        _routes.SetCurrentKey(route);
        _routes.SetCurrentNamespace(day);
        _flights.Add(1);
        if (flight.IsCancelled) _cancelled.Add(1);
        if (flight.ArrivalDelay is { } minutes) _delay.Add(minutes);
        _timers.RegisterEventTimeTimer(route, day, day.MaxTimestamp());
    }
}
