using FlinkDotNet.Core.Abstractions.Windowing;
using FlinkDotNet.Storage.RocksDB;

namespace Flights;

/// <summary>The keyed states of the job: those of each kind of key, and which key is the current one.</summary>
internal sealed class JobStates(KeyedStateBackend<string> keyed)
{
    /// <summary>The key of all flights together, whose namespaces are the days.</summary>
    public const string City = "New York";

    public AggregateStates Routes { get; } = new(keyed, "route");

    public AggregateStates Carriers { get; } = new(keyed, "carrier");

    public AircraftStates Aircraft { get; } = new(keyed);

    public AggregateStates Days { get; } = new(keyed, "day", StateOptions.InNamespaces<TimeWindow>());

    /// <summary>Makes a key the current one, with its namespace; returns its states.</summary>
    public IKindStates Select(string key)
    {
        var (kind, name) = KeyKind.Parse(key);
        if (kind == KeyKind.Day)
            keyed.SetCurrentNamespace(EventTime.DayNamed(name));
        else
            keyed.ClearCurrentNamespace();
        keyed.SetCurrentKey(kind == KeyKind.Day ? City : name);
        return kind == KeyKind.Route ? Routes : kind == KeyKind.Carrier ? Carriers : kind == KeyKind.Day ? Days : Aircraft;
    }

    /// <summary>Calls a function for every key of a state, with that key as the current one, in no namespace.</summary>
    public void ForAllKeys(string stateName, Action<string> function)
    {
        keyed.ClearCurrentNamespace();
        foreach (var key in keyed.GetKeys(stateName))
        {
            keyed.SetCurrentKey(key);
            function(key);
        }
    }
}
