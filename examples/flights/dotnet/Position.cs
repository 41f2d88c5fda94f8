namespace Flights;

/// <summary>How far the stream has been taken up.</summary>
/// <param name="Row">Rows of the file whose effect is in the state.</param>
/// <param name="SourceBytes">Length of that file: a state is not continued with another input.</param>
internal readonly record struct Position(ulong Row, ulong SourceBytes);
