using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A count, kept by the library.</summary>
/// <typeparam name="TIn">Type of what is counted.</typeparam>
internal sealed class CountState<TIn>(string name, StateHandle handle) : RocksDBAggregatingState<TIn, long>(name, handle)
{
    /// <inheritdoc/>
    public override bool TryGet(out long result) => Handle.TryResultInt64(out result);

    /// <inheritdoc/>
    public override void Add(TIn value) => Handle.AddInt64(1);
}
