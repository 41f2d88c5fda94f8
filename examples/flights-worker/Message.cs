using Flights;
using FlinkDotNet.Storage.RocksDB;

namespace FlightsWorker;

/// <summary>What the source sends to a subtask.</summary>
internal abstract record Message
{
    /// <summary>Flights of the subtask's key groups, and the credits that were taken for them.</summary>
    public sealed record Rows(List<Flight> Flights, Credits Credits) : Message;

    /// <summary>No flight before this time follows.</summary>
    public sealed record Watermark(long Time) : Message;

    /// <summary>Everything before it belongs to a checkpoint, and nothing after it.</summary>
    public sealed record AtBarrier(Barrier Barrier) : Message;
}
