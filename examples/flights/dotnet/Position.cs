namespace Flights;

/// <summary>How far the stream has been taken up.</summary>
/// <param name="Row">Rows of the file whose effect is in the state.</param>
/// <param name="SourceBytes">Length of that file: a state is not continued with another input.</param>
/// <param name="Watermark">Event time that has been reached.</param>
internal readonly record struct Position(long Row, long SourceBytes, long Watermark);
