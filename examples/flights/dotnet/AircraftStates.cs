using FlinkDotNet.Storage.RocksDB;

namespace Flights;

/// <summary><see cref="AircraftFigures"/> in the state, and a map from the airports that the aircraft flies to.</summary>
internal sealed class AircraftStates : IKindStates
{
    private readonly RocksDBReducingState<long> _flights, _miles, _seen;
    private readonly RocksDBMapState<string, long> _destinations;

    public AircraftStates(KeyedStateBackend<string> keyed)
    {
        var expiring = new StateOptions
        {
            TimeToLive = StateTtlConfig.NewBuilder(AircraftFigures.TimeToLive)
                .UpdateTtlOnCreateAndWrite().NeverReturnExpired().UseEventTime().Build(),
        };
        _flights = keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64("aircraft.flights"));
        _miles = keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64("aircraft.miles"));
        _seen = keyed.GetReducingState(ReducingStateDescriptor.MaxOfInt64("aircraft.seen"), expiring);
        _destinations = keyed.GetMapState(StateDescriptors.Map<string, long>("aircraft.destinations"), expiring);
    }

    /// <summary>Name of the state that every aircraft has.</summary>
    public string Name => _flights.Name;

    public void Add(in Flight flight)
    {
        _flights.Add(1);
        if (!flight.IsCancelled)
            _miles.Add(flight.Miles);
        _seen.Add(flight.Scheduled);
        _destinations.Put(flight.Destination, _destinations.Get(flight.Destination) + 1);
    }

    public AircraftFigures Read() => new(_flights.Get(), _miles.Get(), _seen.TryGet(out var seen) ? seen : null);

    /// <summary>The flights to each airport, as far as they have not expired.</summary>
    public IEnumerable<(string Airport, long Flights)> ReadDestinations() =>
        _destinations.Entries().Select(entry => (entry.Key, entry.Value));
}
