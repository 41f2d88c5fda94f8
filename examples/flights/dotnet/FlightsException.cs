namespace Flights;

/// <summary>Ends the program: one sentence for the user and an exit code.</summary>
internal sealed class FlightsException(string sentence, ExitCode exitCode = ExitCode.Failed) : Exception(sentence)
{
    public ExitCode ExitCode { get; } = exitCode;
}

/// <summary>What the program tells the shell.</summary>
internal enum ExitCode
{
    Equal = 0,
    Failed = 1,
    Usage = 2,
    Interrupted = 130,
}
