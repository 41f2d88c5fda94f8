namespace FlinkDotNet.Core.Abstractions.States;

/// <summary>One value for each key.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public interface IValueState<T>
{
    /// <summary>Reads the value of the current key.</summary>
    /// <returns>The value, or the default when there is none.</returns>
    T? Value();

    /// <summary>Replaces the value of the current key.</summary>
    /// <param name="value">The new value.</param>
    void Update(T value);

    /// <summary>Removes the value of the current key.</summary>
    void Clear();
}
