namespace Flights;

/// <summary>The folder of the state: the user's, or a fresh temporary one that goes when the program ends.</summary>
internal sealed class StateFolder(string? wanted) : IDisposable
{
    private readonly bool _isTemporary = wanted is null;

    public string Path { get; } = wanted ?? Directory.CreateTempSubdirectory("flights-state-").FullName;

    public void Dispose()
    {
        if (_isTemporary)
            Directory.Delete(Path, recursive: true);
    }
}
