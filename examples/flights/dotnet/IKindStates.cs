namespace Flights;

/// <summary>The states of one kind of key. All calls are about the current key and namespace.</summary>
internal interface IKindStates
{
    void Add(in Flight flight);
}
