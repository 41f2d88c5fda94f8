using FlinkDotNet.Storage.RocksDB;

namespace Flights;

/// <summary>The states of one kind of key. All calls are about the current key and namespace.</summary>
internal interface IKindStates
{
    /// <summary>The sums among them: adding to one a second time shows, so that the journal keeps what they were.</summary>
    IReadOnlyList<RocksDBReducingState<long>> Sums { get; }

    void Add(in Flight flight);
}
