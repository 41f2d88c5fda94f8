using System.Buffers.Binary;

namespace Flights;

/// <summary>The running aggregate of one key and its stored form, which is the one of the job in C.</summary>
internal record struct Aggregate
{
    /// <summary>Format byte 1, then every field as 8 bytes, little-endian.</summary>
    public const int StoredBytes = 1 + (8 * FieldCount);

    private const byte Format = 1;
    private const int FieldCount = 12;

    /// <summary>Rows, cancelled ones included.</summary>
    public long Flights { get; private set; }

    /// <summary>Rows without a departure.</summary>
    public long Cancelled { get; private set; }

    /// <summary>Rows with a departure delay: what its sum is divided by.</summary>
    public long Departed { get; private set; }

    /// <summary>Minutes.</summary>
    public long DepartureDelaySum { get; private set; }

    /// <summary>Minutes, meaningful when a flight has departed.</summary>
    public long DepartureDelayMax { get; private set; }

    /// <summary>Rows with an arrival delay: what its sum is divided by.</summary>
    public long Arrived { get; private set; }

    /// <summary>Minutes.</summary>
    public long ArrivalDelaySum { get; private set; }

    /// <summary>Minutes, meaningful when a flight has arrived.</summary>
    public long ArrivalDelayMax { get; private set; }

    /// <summary>Day of the first flight of the stream that reached the largest arrival delay.</summary>
    public long WorstDay { get; private set; }

    /// <summary>Number of that flight.</summary>
    public long WorstFlight { get; private set; }

    /// <summary>Minutes in the air, where known.</summary>
    public long AirMinutes { get; private set; }

    /// <summary>Miles of the flights that departed.</summary>
    public long Miles { get; private set; }

    /// <summary>Mean in minutes; NaN when no flight counts.</summary>
    public readonly double MeanDepartureDelay => Departed == 0 ? double.NaN : (double)DepartureDelaySum / Departed;

    /// <summary>Mean in minutes; NaN when no flight counts.</summary>
    public readonly double MeanArrivalDelay => Arrived == 0 ? double.NaN : (double)ArrivalDelaySum / Arrived;

    /// <summary>All fields by name, in the order of the stored form.</summary>
    public readonly (string Name, long Value)[] Fields =>
    [
        ("flights", Flights), ("cancelled", Cancelled), ("departed", Departed),
        ("sum of departure delay", DepartureDelaySum), ("largest departure delay", DepartureDelayMax),
        ("arrived", Arrived), ("sum of arrival delay", ArrivalDelaySum), ("largest arrival delay", ArrivalDelayMax),
        ("day of the worst arrival", WorstDay), ("flight of the worst arrival", WorstFlight),
        ("air minutes", AirMinutes), ("miles", Miles),
    ];

    /// <summary>Reads the stored form; false when the bytes are not an aggregate of this format.</summary>
    public static bool TryUnpack(ReadOnlySpan<byte> stored, out Aggregate aggregate)
    {
        aggregate = default;
        if (stored.Length != StoredBytes || stored[0] != Format)
            return false;
        aggregate = new Aggregate
        {
            Flights = Field(stored, 0),
            Cancelled = Field(stored, 1),
            Departed = Field(stored, 2),
            DepartureDelaySum = Field(stored, 3),
            DepartureDelayMax = Field(stored, 4),
            Arrived = Field(stored, 5),
            ArrivalDelaySum = Field(stored, 6),
            ArrivalDelayMax = Field(stored, 7),
            WorstDay = Field(stored, 8),
            WorstFlight = Field(stored, 9),
            AirMinutes = Field(stored, 10),
            Miles = Field(stored, 11),
        };
        return true;
    }

    /// <summary>Writes the stored form.</summary>
    public readonly void Pack(Span<byte> stored)
    {
        stored[0] = Format;
        var at = 1;
        foreach (var (_, value) in Fields)
        {
            BinaryPrimitives.WriteInt64LittleEndian(stored[at..], value);
            at += 8;
        }
    }

    public void Add(in Flight flight)
    {
        Flights++;
        if (flight.IsCancelled)
            Cancelled++;
        else
            Miles += flight.Miles;
        if (flight.DepartureDelay is { } departureDelay)
            AddDeparture(departureDelay);
        if (flight.ArrivalDelay is { } arrivalDelay)
            AddArrival(arrivalDelay, flight);
        AirMinutes += flight.AirMinutes ?? 0;
    }

    private static long Field(ReadOnlySpan<byte> stored, int field) =>
        BinaryPrimitives.ReadInt64LittleEndian(stored[(1 + (8 * field))..]);

    private void AddDeparture(long delay)
    {
        if (Departed == 0 || delay > DepartureDelayMax)
            DepartureDelayMax = delay;
        Departed++;
        DepartureDelaySum += delay;
    }

    private void AddArrival(long delay, in Flight flight)
    {
        if (Arrived == 0 || delay > ArrivalDelayMax)
            (ArrivalDelayMax, WorstDay, WorstFlight) = (delay, flight.Day, flight.Number);
        Arrived++;
        ArrivalDelaySum += delay;
    }
}
