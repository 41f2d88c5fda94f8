namespace Flights;

/// <summary>One row of the stream: a flight that was scheduled to leave New York. Unknown minutes are null.</summary>
/// <param name="Aircraft">Tail number; empty when unknown.</param>
internal readonly record struct Flight(
    long Day, long Number, bool IsCancelled, long? DepartureDelay, long? ArrivalDelay, long? AirMinutes, long Miles,
    string Carrier, string Aircraft, string Origin, string Destination);
