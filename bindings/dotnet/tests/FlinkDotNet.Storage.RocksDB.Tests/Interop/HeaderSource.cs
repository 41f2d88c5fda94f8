using System.Globalization;
using System.Text.RegularExpressions;

namespace FlinkDotNet.Storage.RocksDB.Tests.Interop;

/// <summary>What the C header declares.</summary>
internal sealed partial class HeaderSource
{
    private readonly string _text;

    private HeaderSource(string text) => _text = text;

    public static HeaderSource Read()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "flink_state_backend.h"));
        return new HeaderSource(LineComments().Replace(BlockComments().Replace(text, " "), " "));
    }

    /// <summary>Functions by name: the C type of the result and of each parameter.</summary>
    public IReadOnlyDictionary<string, string[]> Functions() => FunctionDeclarations().Matches(_text).ToDictionary(
        match => match.Groups["name"].Value,
        match => new[] { Squeeze(match.Groups["result"].Value) }.Concat(Parameters(match.Groups["parameters"].Value)).ToArray(),
        StringComparer.Ordinal);

    /// <summary>Structs with a body, by name: the C type, name and array length of each field.</summary>
    public IReadOnlyDictionary<string, (string Type, string Name, int Count)[]> Structs() => StructDeclarations().Matches(_text).ToDictionary(
        match => match.Groups["name"].Value,
        match => Fields(match.Groups["body"].Value).ToArray(),
        StringComparer.Ordinal);

    /// <summary>Names of the types without a body.</summary>
    public IReadOnlySet<string> OpaqueTypes() =>
        OpaqueDeclarations().Matches(_text).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);

    /// <summary>Numbers by name, of macros and enumerators.</summary>
    public IReadOnlyDictionary<string, ulong> Constants() => ConstantDefinitions().Matches(_text).ToDictionary(
        match => match.Groups["name"].Value,
        match => Number(match.Groups["value"].Value),
        StringComparer.Ordinal);

    private static IEnumerable<string> Parameters(string list) =>
        Squeeze(list) is "void" or "" ? [] : list.Split(',').Select(parameter => Squeeze(LastName().Replace(parameter, string.Empty)));

    private static IEnumerable<(string Type, string Name, int Count)> Fields(string body)
    {
        foreach (var declaration in body.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var match = FieldDeclaration().Match(declaration);
            Assert.True(match.Success, $"The field '{declaration}' could not be read.");
            var count = match.Groups["count"];
            foreach (var name in match.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries))
            {
                yield return (Squeeze(match.Groups["type"].Value), name, count.Success ? int.Parse(count.Value, CultureInfo.InvariantCulture) : 1);
            }
        }
    }

    /// <summary>Writes a type in one way: no const, no struct, one space, stars at the end.</summary>
    private static string Squeeze(string type)
    {
        var bare = Qualifiers().Replace(type, string.Empty);
        var stars = bare.Count(character => character == '*');
        return bare.Replace("*", string.Empty, StringComparison.Ordinal).Trim() + new string('*', stars);
    }

    private static ulong Number(string text) => text switch
    {
        "UINT32_MAX" => uint.MaxValue,
        "UINT64_MAX" => ulong.MaxValue,
        "INT64_MAX" => long.MaxValue,
        _ => ulong.Parse(text.TrimEnd('u', 'U', 'l', 'L'), CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline, 5000)]
    private static partial Regex BlockComments();

    [GeneratedRegex("//.*$", RegexOptions.Multiline, 5000)]
    private static partial Regex LineComments();

    [GeneratedRegex(@"^(?<result>[a-z][\w \*]*?)\b(?<name>fsb_\w+)\s*\((?<parameters>[^()]*)\)\s*;", RegexOptions.Multiline, 5000)]
    private static partial Regex FunctionDeclarations();

    [GeneratedRegex(@"typedef\s+struct\s*\w*\s*\{(?<body>[^{}]*)\}\s*(?<name>fsb_\w+)\s*;", RegexOptions.None, 5000)]
    private static partial Regex StructDeclarations();

    [GeneratedRegex(@"typedef\s+struct\s+\w+\s+(?<name>fsb_\w+)\s*;", RegexOptions.None, 5000)]
    private static partial Regex OpaqueDeclarations();

    [GeneratedRegex(@"(?:#define\s+(?<name>FSB_\w+)\s+|\b(?<name>FSB_\w+)\s*=\s*)\(?(?:\(\w+\))?(?<value>\w+)\)?", RegexOptions.None, 5000)]
    private static partial Regex ConstantDefinitions();

    [GeneratedRegex(@"\w+\s*$", RegexOptions.None, 5000)]
    private static partial Regex LastName();

    [GeneratedRegex(
        @"^(?<type>(?:const\s+)?(?:struct\s+)?\w+[\s\*]+)(?<names>\w+(?:\s*,\s*\w+)*)(?:\[(?<count>\d+)\])?$", RegexOptions.None, 5000)]
    private static partial Regex FieldDeclaration();

    [GeneratedRegex(@"\b(?:const|struct|extern)\b|\s+(?=\*)", RegexOptions.None, 5000)]
    private static partial Regex Qualifiers();
}
