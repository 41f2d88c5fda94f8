namespace Flights;

/// <summary>The proof: what the state holds against a plain recomputation from the file.</summary>
internal sealed class Check(AggregateTable stored, AggregateTable recomputed)
{
    private const int ShownDifferences = 10;

    /// <summary>Compares every field of every key, prints how many keys of each kind were compared or what differs.</summary>
    public bool Equal()
    {
        var equal = true;
        foreach (var kind in KeyKind.All)
        {
            var differences = recomputed.Where(entry => kind.Owns(entry.Key)).SelectMany(Differences).Concat(Surplus(kind)).ToList();
            PrintVerdict(kind, differences);
            equal &= differences.Count == 0;
        }

        return equal;
    }

    private IEnumerable<string> Differences(KeyValuePair<string, Aggregate> expected)
    {
        if (!stored.TryGetValue(expected.Key, out var held))
            return [$"{expected.Key} is missing in the state"];
        return expected.Value.Fields.Zip(held.Fields)
            .Where(pair => pair.First.Value != pair.Second.Value)
            .Select(pair => $"{expected.Key}: {pair.First.Name} is {pair.Second.Value} in the state, {pair.First.Value} recomputed");
    }

    private IEnumerable<string> Surplus(KeyKind kind) =>
        from key in stored.Keys
        where kind.Owns(key) && !recomputed.ContainsKey(key)
        select $"{key} is in the state and in no row of the file";

    private void PrintVerdict(KeyKind kind, List<string> differences)
    {
        var isEqual = differences.Count == 0;
        var mark = isEqual ? Terminal.Green("✓") : Terminal.Red("✗");
        var verdict = isEqual
            ? $"equal in all {default(Aggregate).Fields.Length} fields"
            : $"differences: {Figures.Count(differences.Count)}";
        foreach (var difference in differences.Take(ShownDifferences))
            Console.WriteLine($"    {difference}");
        Console.WriteLine($"  {mark} {Figures.Count(recomputed.Keys.Count(kind.Owns)),5} {kind.Plural,-8} {verdict}");
    }
}
