namespace FlinkDotNet.Core.Abstractions.Models.State;

/// <summary>Declares a state by name.</summary>
public abstract class StateDescriptor
{
    /// <summary>Initializes a new instance of the <see cref="StateDescriptor"/> class.</summary>
    /// <param name="name">Name of the state, unique within its operator.</param>
    /// <exception cref="ArgumentException">The name is null or blank.</exception>
    protected StateDescriptor(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new ArgumentException("A state needs a name that is not blank.", nameof(name));
        Name = name;
    }

    /// <summary>Gets the name of the state.</summary>
    public string Name { get; }
}
