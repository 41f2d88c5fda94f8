using FlinkDotNet.Core.Abstractions.Models;
using FlinkDotNet.Core.Abstractions.Models.State;
using FlinkDotNet.Core.Abstractions.States;
using FlinkDotNet.Core.Abstractions.Storage;

namespace FlinkDotNet.Core.Abstractions.Context;

/// <summary>What a running subtask knows about itself, and its way to keyed state.</summary>
public interface IRuntimeContext
{
    /// <summary>Gets the name of the job.</summary>
    string JobName { get; }

    /// <summary>Gets the name of the task.</summary>
    string TaskName { get; }

    /// <summary>Gets the number of parallel subtasks of the task.</summary>
    int NumberOfParallelSubtasks { get; }

    /// <summary>Gets the number of this subtask, from zero.</summary>
    int IndexOfThisSubtask { get; }

    /// <summary>Gets the settings of the job.</summary>
    JobConfiguration JobConfiguration { get; }

    /// <summary>Gets the store for snapshots of operators.</summary>
    IStateSnapshotStore StateSnapshotStore { get; }

    /// <summary>Gets the value state of the current key.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="stateDescriptor">Declaration of the state.</param>
    /// <returns>The state.</returns>
    /// <exception cref="InvalidOperationException">There is no current key, or the name is used by another kind of state.</exception>
    IValueState<T> GetValueState<T>(ValueStateDescriptor<T> stateDescriptor);

    /// <summary>Gets the list state of the current key.</summary>
    /// <typeparam name="T">Type of the elements.</typeparam>
    /// <param name="stateDescriptor">Declaration of the state.</param>
    /// <returns>The state.</returns>
    /// <exception cref="InvalidOperationException">There is no current key, or the name is used by another kind of state.</exception>
    IListState<T> GetListState<T>(ListStateDescriptor<T> stateDescriptor);

    /// <summary>Gets the map state of the current key.</summary>
    /// <typeparam name="TK">Type of the map's keys.</typeparam>
    /// <typeparam name="TV">Type of the map's values.</typeparam>
    /// <param name="stateDescriptor">Declaration of the state.</param>
    /// <returns>The state.</returns>
    /// <exception cref="InvalidOperationException">There is no current key, or the name is used by another kind of state.</exception>
    IMapState<TK, TV> GetMapState<TK, TV>(MapStateDescriptor<TK, TV> stateDescriptor)
        where TK : notnull;

    /// <summary>Gets the key whose record is being processed.</summary>
    /// <returns>The key, or null outside a record.</returns>
    object? GetCurrentKey();

    /// <summary>Sets the key whose record is about to be processed.</summary>
    /// <param name="key">The key, or null after the record.</param>
    void SetCurrentKey(object? key);
}
