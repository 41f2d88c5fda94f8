using System.Runtime.InteropServices;
using FlinkDotNet.Core.Abstractions.Models.State;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The open states of one owner by name: the same name gives the same object.</summary>
internal sealed class StateRegistry
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Makes a native state of its document.</summary>
    public delegate StateHandle Opening(ReadOnlySpan<byte> document);

    /// <summary>Gets the state that was opened by the very same objects; null when it was not, which says nothing else.</summary>
    public TState? Known<TState>(StateDescriptor descriptor, StateOptions? options)
        where TState : RocksDBState =>
        _entries.TryGetValue(descriptor.Name, out var entry) && ReferenceEquals(entry.Descriptor, descriptor) && ReferenceEquals(entry.Options, options)
            ? entry.State as TState
            : null;

    /// <summary>Gets the state that was opened by the same declaration, or opens it.</summary>
    /// <exception cref="StateMismatchException">The name is used by another state.</exception>
    public TState GetOrOpen<TState>(
        StateDescriptor descriptor, StateOptions? options, in StateDeclaration declaration, Opening open, Func<StateHandle, TState> make)
        where TState : RocksDBState
    {
        var document = StateDocument.State(declaration, options);
        var known = _entries.TryGetValue(declaration.Name, out var entry);
        if (known && entry.State is TState same && document.SequenceEqual(entry.Document)) return same;
        // IMPORTANT: the library judges whether two declarations go together, also when the state is open already.
        var handle = open(document);
        try
        {
            if (known) return Same<TState>(entry.State, handle);
            var state = make(handle);
            _entries.Add(declaration.Name, new Entry(state, descriptor, options, document.ToArray()));
            return state;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Gets or opens a state of list elements.</summary>
    public RocksDBListState<T> OpenList<T>(ListStateDescriptor<T> descriptor, StateOptions? options, string kind, Opening open)
    {
        var codec = new Codec<T>(StateSerializers.From(descriptor.ElementSerializer), $"element of the state '{descriptor.Name}'");
        return GetOrOpen(
            descriptor,
            options,
            new StateDeclaration(descriptor.Name, kind, codec.TypeId),
            open,
            handle => new RocksDBListState<T>(descriptor.Name, codec, handle));
    }

    /// <summary>Gets or opens a state of map entries.</summary>
    public RocksDBMapState<TK, TV> OpenMap<TK, TV>(MapStateDescriptor<TK, TV> descriptor, StateOptions? options, string kind, Opening open)
        where TK : notnull
    {
        var keys = new Codec<TK>(StateSerializers.From(descriptor.KeySerializer), $"map key of the state '{descriptor.Name}'");
        var values = new Codec<TV>(StateSerializers.From(descriptor.ValueSerializer), $"map value of the state '{descriptor.Name}'");
        return GetOrOpen(
            descriptor,
            options,
            new StateDeclaration(descriptor.Name, kind, values.TypeId) { MapKeyType = keys.TypeId },
            open,
            handle => new RocksDBMapState<TK, TV>(descriptor.Name, keys, values, handle));
    }

    /// <summary>Gets an open state.</summary>
    /// <exception cref="StateNotFoundException">No state of that name has been opened.</exception>
    public RocksDBState Open(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_entries.TryGetValue(name, out var entry)) return entry.State;
        throw new StateNotFoundException(new Failure(
            StateBackendStatus.StateNotFound, $"The state '{name}' has not been opened: get it by its descriptor first."));
    }

    /// <summary>Frees a state, if it is open.</summary>
    public void Close(string name)
    {
        if (_entries.Remove(name, out var entry)) entry.State.Handle.Dispose();
    }

    /// <summary>Frees all states.</summary>
    public void CloseAll()
    {
        foreach (var entry in _entries.Values) entry.State.Handle.Dispose();
        _entries.Clear();
    }

    private static TState Same<TState>(RocksDBState present, StateHandle handle)
        where TState : RocksDBState
    {
        handle.Dispose();
        return present as TState
            ?? throw new StateMismatchException($"The state '{present.Name}' is open as {present.GetType()}, not as {typeof(TState)}.");
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(RocksDBState State, StateDescriptor Descriptor, StateOptions? Options, byte[] Document);
}
