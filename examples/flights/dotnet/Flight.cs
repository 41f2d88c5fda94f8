namespace Flights;

/// <summary>One row of the stream: a flight that was scheduled to leave New York. Unknown minutes are null.</summary>
/// <param name="Row">Number in the stream, from 0.</param>
/// <param name="Scheduled">Departure by the timetable, in event time.</param>
/// <param name="Aircraft">Tail number; empty when unknown.</param>
internal readonly record struct Flight(
    long Row, long Scheduled, long Number, bool IsCancelled, long? DepartureDelay, long? ArrivalDelay, long Miles,
    string Carrier, string Aircraft, string Origin, string Destination);
