using FlinkDotNet.Core.Abstractions.Context;
using FlinkDotNet.Core.Abstractions.Models;
using FlinkDotNet.Core.Abstractions.Models.State;
using FlinkDotNet.Core.Abstractions.States;
using FlinkDotNet.Core.Abstractions.Storage;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// FLINK.NET's runtime context over keyed state of a <see cref="RocksDBStateBackend"/>, with keys of any type that has a serializer. It
/// belongs to one thread at a time. As in FLINK.NET, state can be asked for only while there is a current key; the object that is
/// given out serves all keys.
/// </summary>
public sealed class RocksDBRuntimeContext : IRuntimeContext, IDisposable
{
    /// <summary>Initializes a new instance of the <see cref="RocksDBRuntimeContext"/> class, which opens keyed state of the backend.</summary>
    /// <param name="stateBackend">The backend, which the caller disposes after the context.</param>
    /// <param name="jobName">Name of the job.</param>
    /// <param name="taskName">Name of the task.</param>
    /// <param name="numberOfParallelSubtasks">Number of parallel subtasks of the task.</param>
    /// <param name="indexOfThisSubtask">Number of this subtask, from zero.</param>
    /// <param name="jobConfiguration">Settings of the job; null for none.</param>
    /// <param name="stateSnapshotStore">Store for snapshots of operators; null for that of the backend.</param>
    /// <param name="keySerializers">Serializers of keys; null for those built in.</param>
    /// <param name="keyedOptions">
    /// Options of keyed state; null for all key groups, whatever the subtask: FLINK.NET routes keys by a hash of its own.
    /// </param>
    public RocksDBRuntimeContext(
        RocksDBStateBackend stateBackend,
        string jobName = "DefaultJob",
        string taskName = "DefaultTask",
        int numberOfParallelSubtasks = 1,
        int indexOfThisSubtask = 0,
        JobConfiguration? jobConfiguration = null,
        IStateSnapshotStore? stateSnapshotStore = null,
        KeySerializers? keySerializers = null,
        KeyedStateBackendOptions? keyedOptions = null)
    {
        ArgumentNullException.ThrowIfNull(stateBackend);
        JobName = jobName;
        TaskName = taskName;
        NumberOfParallelSubtasks = numberOfParallelSubtasks;
        IndexOfThisSubtask = indexOfThisSubtask;
        JobConfiguration = jobConfiguration ?? new JobConfiguration();
        StateSnapshotStore = stateSnapshotStore ?? stateBackend.SnapshotStore;
        KeyedState = stateBackend.CreateKeyedStateBackend(keyedOptions, new ObjectKeySerializer(keySerializers ?? new KeySerializers()));
    }

    /// <inheritdoc/>
    public string JobName { get; }

    /// <inheritdoc/>
    public string TaskName { get; }

    /// <inheritdoc/>
    public int NumberOfParallelSubtasks { get; }

    /// <inheritdoc/>
    public int IndexOfThisSubtask { get; }

    /// <inheritdoc/>
    public JobConfiguration JobConfiguration { get; }

    /// <inheritdoc/>
    public IStateSnapshotStore StateSnapshotStore { get; }

    /// <summary>Gets the keyed state itself, for what FLINK.NET's interface does not have: namespaces, time-to-live, timers, walks.</summary>
    public KeyedStateBackend<object> KeyedState { get; }

    /// <inheritdoc/>
    public IValueState<T> GetValueState<T>(ValueStateDescriptor<T> stateDescriptor)
    {
        ArgumentNullException.ThrowIfNull(stateDescriptor);
        RequireKey(stateDescriptor);
        return KeyedState.GetValueState(stateDescriptor);
    }

    /// <inheritdoc/>
    public IListState<T> GetListState<T>(ListStateDescriptor<T> stateDescriptor)
    {
        ArgumentNullException.ThrowIfNull(stateDescriptor);
        RequireKey(stateDescriptor);
        return KeyedState.GetListState(stateDescriptor);
    }

    /// <inheritdoc/>
    public IMapState<TK, TV> GetMapState<TK, TV>(MapStateDescriptor<TK, TV> stateDescriptor)
        where TK : notnull
    {
        ArgumentNullException.ThrowIfNull(stateDescriptor);
        RequireKey(stateDescriptor);
        return KeyedState.GetMapState(stateDescriptor);
    }

    /// <inheritdoc/>
    public object? GetCurrentKey() => KeyedState.HasCurrentKey ? KeyedState.CurrentKey : null;

    /// <inheritdoc/>
    /// <exception cref="StateSerializationException">The type of the key has no serializer; the current key stays.</exception>
    public void SetCurrentKey(object? key)
    {
        if (key is null) KeyedState.ClearCurrentKey();
        else KeyedState.SetCurrentKey(key);
    }

    /// <summary>Frees the keyed state; what was written stays in the backend.</summary>
    public void Dispose() => KeyedState.Dispose();

    private void RequireKey(StateDescriptor descriptor)
    {
        if (!KeyedState.HasCurrentKey) throw new NoCurrentKeyException($"The state '{descriptor.Name}' needs a current key: set it first.");
    }
}
