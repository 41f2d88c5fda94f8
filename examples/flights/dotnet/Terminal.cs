namespace Flights;

/// <summary>What standard output can show.</summary>
internal static class Terminal
{
    private const string Parts = " ▏▎▍▌▋▊▉";

    /// <summary>Whether standard output is a terminal, on which a line can be rewritten.</summary>
    public static bool IsLive { get; } = !Console.IsOutputRedirected;

    /// <summary>Go back to the start of the line and empty it; nothing when that is not possible.</summary>
    public static string Rewind => IsLive ? "\r\u001b[K" : "";

    private static bool IsColoured { get; } = IsLive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public static string Bold(string text) => Painted(text, 1);

    public static string Dim(string text) => Painted(text, 2);

    public static string Red(string text) => Painted(text, 31);

    public static string Green(string text) => Painted(text, 32);

    public static string Yellow(string text) => Painted(text, 33);

    public static string Cyan(string text) => Painted(text, 36);

    /// <summary>A bar of so many eighths of a cell.</summary>
    public static string Bar(int eighths) =>
        new string('█', eighths / 8) + (eighths % 8 == 0 ? "" : Parts[eighths % 8]);

    /// <summary>Paints a text by a mean delay in minutes.</summary>
    public static string Painted(double delay, string text) => delay switch
    {
        < 0 => Green(text),
        < 10 => text,
        < 20 => Yellow(text),
        _ => Red(text),
    };

    private static string Painted(string text, int paint) => IsColoured ? $"\u001b[{paint}m{text}\u001b[0m" : text;
}
