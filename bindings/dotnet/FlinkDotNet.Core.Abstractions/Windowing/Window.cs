namespace FlinkDotNet.Core.Abstractions.Windowing;

/// <summary>A group of records that are evaluated together. Windows are used as keys, so that they compare by content.</summary>
public abstract class Window
{
    /// <summary>Gets the largest timestamp that still belongs to the window.</summary>
    /// <returns>Milliseconds since the Unix epoch.</returns>
    public abstract long MaxTimestamp();

    /// <inheritdoc/>
    public abstract override bool Equals(object? obj);

    /// <inheritdoc/>
    public abstract override int GetHashCode();
}
