namespace Flights;

/// <summary>The command line.</summary>
/// <param name="DataFolder">Folder of the two CSV files.</param>
/// <param name="StateFolder">Null: a fresh temporary folder, removed at the end.</param>
/// <param name="KillAtPercent">1 to 99.</param>
/// <param name="Seed">When given, the row of the kill is drawn from it.</param>
/// <param name="Slow">Takes about ten seconds, to be watched.</param>
/// <param name="IsWorker">This process is the job itself, started by its supervisor.</param>
/// <param name="WantsHelp">Only print the usage.</param>
internal sealed record CommandLine(
    string DataFolder, string? StateFolder = null, ulong KillAtPercent = 50, ulong? Seed = null, bool Slow = false,
    bool IsWorker = false, bool WantsHelp = false)
{
    public const string Usage = """
        Streams the flights of January 2013 through the state backend, kills the job half-way with SIGKILL, starts it
        again, and compares what the state holds at the end with a plain recomputation.

        usage: dotnet run --project examples/flights/dotnet -c Release -- [options]
          --data DIR         folder of flights-2013-01.csv and airlines.csv (default: data, beside the program)
          --state DIR        folder of the state, kept at the end; a job found in it goes on
                             (default: a fresh temporary folder, removed at the end)
          --kill-at PERCENT  kill when so much of the file is taken up, 1 to 99 (default: 50)
          --seed N           draw the row of the kill from this seed instead
          --slow             about ten seconds instead of a few, to watch it
          --help             this text

        exit code: 0 the state equals the recomputation, 1 it differs or something failed, 2 wrong usage
        """;

    public static CommandLine Parse(string[] arguments)
    {
        var line = new CommandLine(Path.Combine(AppContext.BaseDirectory, "data"));
        for (var at = 0; at < arguments.Length; at++)
        {
            var name = arguments[at];
            line = name switch
            {
                "--help" => line with { WantsHelp = true },
                "--slow" => line with { Slow = true },
                "--worker" => line with { IsWorker = true },
                "--data" => line with { DataFolder = ValueOf(arguments, ++at) },
                "--state" => line with { StateFolder = ValueOf(arguments, ++at) },
                "--kill-at" => line with { KillAtPercent = NumberOf(arguments, ++at, 1, 99) },
                "--seed" => line with { Seed = NumberOf(arguments, ++at, 0, ulong.MaxValue) },
                _ => throw WrongUsage($"there is no option \"{name}\"."),
            };
        }

        return line.IsWorker && line.StateFolder is null ? throw WrongUsage("--worker needs --state.") : line;
    }

    private static string ValueOf(string[] arguments, int at) =>
        at < arguments.Length && arguments[at].Length > 0 ? arguments[at] : throw WrongUsage($"{arguments[at - 1]} needs a value.");

    private static ulong NumberOf(string[] arguments, int at, ulong least, ulong most)
    {
        var text = ValueOf(arguments, at);
        return ulong.TryParse(text, out var value) && value >= least && value <= most
            ? value
            : throw WrongUsage($"{arguments[at - 1]} takes a whole number from {least} to {most}, not \"{text}\".");
    }

    private static FlightsException WrongUsage(string sentence) =>
        new(sentence + Environment.NewLine + "Try --help.", ExitCode.Usage);
}
