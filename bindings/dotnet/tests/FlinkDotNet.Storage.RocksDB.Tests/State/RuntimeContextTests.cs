using FlinkDotNet.Core.Abstractions.Context;
using FlinkDotNet.Core.Abstractions.Models;
using FlinkDotNet.Core.Abstractions.Storage;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

/// <summary>What FLINK.NET's own tests ask of a runtime context, and keys of any type.</summary>
public sealed class RuntimeContextTests : BackendTest
{
    private readonly RocksDBStateBackend _backend;
    private readonly RocksDBRuntimeContext _context;

    public RuntimeContextTests()
    {
        _backend = Open();
        _context = new RocksDBRuntimeContext(_backend);
    }

    [Fact]
    public void Context_Constructed_HasItsPropertiesByFlinkNetsNames()
    {
        Assert.Equal("DefaultJob", _context.JobName);
        Assert.Equal("DefaultTask", _context.TaskName);
        Assert.Equal(1, _context.NumberOfParallelSubtasks);
        Assert.Equal(0, _context.IndexOfThisSubtask);
        Assert.NotNull(_context.JobConfiguration);
        Assert.Same(_backend.SnapshotStore, _context.StateSnapshotStore);
        _context.Dispose();
        var configuration = new JobConfiguration();
        var store = new NoStore();
        using var context = new RocksDBRuntimeContext(
            _backend,
            jobName: "TestJob",
            taskName: "TestTask",
            numberOfParallelSubtasks: 2,
            indexOfThisSubtask: 1,
            jobConfiguration: configuration,
            stateSnapshotStore: store);
        Assert.Equal(("TestJob", "TestTask", 2, 1), (context.JobName, context.TaskName, context.NumberOfParallelSubtasks, context.IndexOfThisSubtask));
        Assert.Same(configuration, context.JobConfiguration);
        Assert.Same(store, context.StateSnapshotStore);
    }

    [Fact]
    public void State_AskedForWithoutAKey_IsRefused()
    {
        IRuntimeContext context = _context;
        Assert.Null(context.GetCurrentKey());
        Assert.ThrowsAny<InvalidOperationException>(() => context.GetValueState(StateDescriptors.Value<int>("value")));
        Assert.ThrowsAny<InvalidOperationException>(() => context.GetListState(StateDescriptors.List<int>("list")));
        Assert.ThrowsAny<InvalidOperationException>(() => context.GetMapState(StateDescriptors.Map<int, int>("map")));
        context.SetCurrentKey("key");
        context.GetValueState(StateDescriptors.Value<int>("value")).Update(1);
        context.SetCurrentKey(null);
        Assert.Null(context.GetCurrentKey());
        Assert.ThrowsAny<InvalidOperationException>(() => context.GetValueState(StateDescriptors.Value<int>("value")));
    }

    [Fact]
    public void Descriptor_OfNothing_IsRefused()
    {
        IRuntimeContext context = _context;
        Assert.Throws<ArgumentNullException>(() => context.GetValueState<int>(null!));
        Assert.Throws<ArgumentNullException>(() => context.GetListState<int>(null!));
        Assert.Throws<ArgumentNullException>(() => context.GetMapState<string, int>(null!));
    }

    [Fact]
    public void State_OfOneName_IsOneObjectAndFollowsTheKey()
    {
        _context.SetCurrentKey("a");
        var value = _context.GetValueState(StateDescriptors.Value("value", 5));
        var list = _context.GetListState(StateDescriptors.List<int>("list"));
        var map = _context.GetMapState(StateDescriptors.Map<string, int>("map"));
        Assert.Same(value, _context.GetValueState(StateDescriptors.Value("value", 5)));
        Assert.NotSame(value, _context.GetValueState(StateDescriptors.Value("another", 5)));
        Assert.Equal(5, value.Value());
        Assert.Empty(list.Get());
        Assert.True(map.IsEmpty());
        value.Update(6);
        list.Add(1);
        map.Put("x", 1);
        _context.SetCurrentKey("b");
        Assert.Equal(5, _context.GetValueState(StateDescriptors.Value("value", 5)).Value());
        Assert.Empty(list.Get());
        _context.SetCurrentKey("a");
        Assert.Equal(6, value.Value());
        Assert.Equal([1], list.GetValues());
        Assert.Equal(1, map.GetValueForKey("x"));
        Assert.ThrowsAny<InvalidOperationException>(() => _context.GetListState(StateDescriptors.List<int>("value")));
    }

    [Fact]
    public void Keys_OfAnyType_AreApart()
    {
        object[] keys = [1, 1L, "1", '1', (byte)1, true, Guid.Empty, new DateOnly(1, 1, 1), new byte[] { 1 }, string.Empty, -1];
        var state = default(Core.Abstractions.States.IValueState<string>);
        foreach (var key in keys)
        {
            _context.SetCurrentKey(key);
            state = _context.GetValueState(StateDescriptors.Value<string>("state"));
            Assert.Null(state.Value());
            state.Update(key.GetType().Name);
        }

        foreach (var key in keys)
        {
            _context.SetCurrentKey(key);
            Assert.Equal(key, _context.GetCurrentKey());
            Assert.Equal(key.GetType().Name, state!.Value());
        }

        Assert.Equal(keys.Length, _context.KeyedState.GetKeys("state").Distinct().Count());
        Assert.Contains(1L, _context.KeyedState.GetKeys("state"));
    }

    [Fact]
    public void Key_OfATypeWithoutASerializer_IsRefusedUntilOneIsAdded()
    {
        _context.SetCurrentKey(1);
        var refused = Assert.Throws<StateSerializationException>(() => _context.SetCurrentKey(new Version(1, 2)));
        Assert.Contains(nameof(Version), refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, _context.GetCurrentKey());
        _context.Dispose();
        var serializers = new KeySerializers().Add(new VersionSerializer());
        Assert.Throws<ArgumentException>(() => serializers.Add(new VersionSerializer()));
        Assert.Throws<ArgumentException>(() => serializers.Add(StateSerializers.Get<ReadOnlyMemory<byte>>()));
        using var context = new RocksDBRuntimeContext(_backend, keySerializers: serializers);
        context.SetCurrentKey(new Version(1, 2));
        context.GetValueState(StateDescriptors.Value<int>("state")).Update(3);
        context.SetCurrentKey(new Version(1, 2));
        Assert.Equal(3, context.GetValueState(StateDescriptors.Value<int>("state")).Value());
        Assert.Equal([new Version(1, 2)], context.KeyedState.GetKeys("state"));
    }

    protected override void Dispose(bool disposing)
    {
        _context.Dispose();
        _backend.Dispose();
        base.Dispose(disposing);
    }

    private sealed class VersionSerializer : IStateSerializer<Version>
    {
        public string TypeId => "version";

        public bool TryWrite(Version value, Span<byte> target, out int written) => value.TryFormat(target, out written);

        public Version Read(ReadOnlySpan<byte> bytes) => Version.Parse(Text(bytes));
    }

    private sealed class NoStore : IStateSnapshotStore
    {
        public Task<SnapshotHandle> StoreSnapshot(string jobId, long checkpointId, string taskManagerId, string operatorId, byte[] snapshotData) =>
            throw new NotSupportedException();

        public Task<byte[]?> RetrieveSnapshot(SnapshotHandle handle) => throw new NotSupportedException();
    }
}
