namespace Flights;

/// <summary>Names of the airlines by carrier code, from airlines.csv.</summary>
internal sealed class Airlines
{
    private static readonly string[] s_legalForms = [" Inc.", " Co.", " Corporation"];
    private readonly Dictionary<string, string> _names = [];

    public Airlines(string folder)
    {
        var path = Path.Combine(folder, "airlines.csv");
        using var reader = FlightFile.Open(path);
        if (reader.ReadLine() != "carrier,name")
            throw new FlightsException($"{path} is not the expected file: its first line should be \"carrier,name\".");
        while (reader.ReadLine() is { } line)
            Add(path, line);
    }

    /// <summary>The name without its legal form; the code itself when the file does not name it.</summary>
    public string ShortName(string code)
    {
        var name = _names.GetValueOrDefault(code, code);
        foreach (var form in s_legalForms)
            name = name.EndsWith(form, StringComparison.Ordinal) ? name[..^form.Length] : name;
        return name;
    }

    private void Add(string path, string line)
    {
        var comma = line.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0)
            throw new FlightsException($"{path}: \"{line}\" is not \"code,name\".");
        _names[line[..comma]] = line[(comma + 1)..];
    }
}
