namespace Flights;

/// <summary>
/// A delay and the row of its flight in one number, so that a greatest integer keeps both: the greatest is the largest delay, and of equal
/// ones the first of the stream.
/// </summary>
internal static class WorstArrival
{
    /// <summary>No flight has arrived.</summary>
    public const long None = long.MinValue;

    private const long Rows = 1L << 32;

    public static long Of(long delay, long row) => (delay * Rows) + (Rows - 1 - row);

    public static long RowIn(long worst) => Rows - 1 - (worst & (Rows - 1));

    public static long DelayIn(long worst) => worst >> 32;
}
