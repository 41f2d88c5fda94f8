using FlinkDotNet.Storage.RocksDB;

namespace Flights;

/// <summary>An <see cref="Aggregate"/> in the state: every field is a native aggregate, to which one call adds.</summary>
internal sealed class AggregateStates : IKindStates
{
    private readonly RocksDBReducingState<long> _flights, _cancelled, _departureDelay, _arrived, _arrivalDelay, _worst;

    /// <summary>Opens the states "route.flights" and so on.</summary>
    public AggregateStates(KeyedStateBackend<string> keyed, string kind, StateOptions? options = null)
    {
        RocksDBReducingState<long> Sum(string field) => keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64($"{kind}.{field}"), options);
        _flights = Sum("flights");
        _cancelled = Sum("cancelled");
        _departureDelay = Sum("departure_delay");
        _arrived = Sum("arrived");
        _arrivalDelay = Sum("arrival_delay");
        _worst = keyed.GetReducingState(ReducingStateDescriptor.MaxOfInt64($"{kind}.worst"), options);
    }

    /// <summary>Name of the state that every key of the kind has.</summary>
    public string Name => _flights.Name;

    public void Add(in Flight flight)
    {
        _flights.Add(1);
        if (flight.IsCancelled)
            _cancelled.Add(1);
        if (flight.DepartureDelay is { } departureDelay)
            _departureDelay.Add(departureDelay);
        if (flight.ArrivalDelay is not { } arrivalDelay)
            return;
        _arrived.Add(1);
        _arrivalDelay.Add(arrivalDelay);
        _worst.Add(WorstArrival.Of(arrivalDelay, flight.Row));
    }

    public Aggregate Read() => new(
        _flights.Get(),
        _cancelled.Get(),
        _departureDelay.Get(),
        _arrived.Get(),
        _arrivalDelay.Get(),
        _worst.TryGet(out var worst) ? worst : WorstArrival.None);

    public void Clear()
    {
        foreach (var state in (RocksDBReducingState<long>[])[_flights, _cancelled, _departureDelay, _arrived, _arrivalDelay, _worst])
            state.Clear();
    }
}
