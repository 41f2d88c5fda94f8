namespace Flights;

/// <summary>The proof: what the state holds against a plain recomputation from the file.</summary>
internal sealed class Check(Totals stored, Totals recomputed)
{
    private const int ShownDifferences = 10;

    /// <summary>Compares everything of every key, prints how many keys of each kind were compared or what differs.</summary>
    public bool Equal()
    {
        // NOTE: no short circuit, so that every kind is printed.
        return Compare("routes", stored.Routes, recomputed.Routes, " in all 6 fields")
            & Compare("carriers", stored.Carriers, recomputed.Carriers, " in all 6 fields")
            & Compare("aircraft", stored.Aircraft, recomputed.Aircraft, " in all 3 fields")
            & Compare("days", stored.Days, recomputed.Days, " in all 6 fields")
            & Compare("destinations", stored.Destinations, recomputed.Destinations);
    }

    private static bool Compare<TKey, TValue>(
        string kind, Dictionary<TKey, TValue> stored, Dictionary<TKey, TValue> recomputed, string fields = "")
        where TKey : notnull
    {
        var differences = Differences(stored, recomputed).ToList();
        var isEqual = differences.Count == 0;
        var mark = isEqual ? Terminal.Green("✓") : Terminal.Red("✗");
        var verdict = isEqual ? "equal" + fields : $"differences: {Figures.Count(differences.Count)}";
        foreach (var difference in differences.Take(ShownDifferences))
            Console.WriteLine($"    {difference}");
        Console.WriteLine($"  {mark} {Figures.Count(recomputed.Count),6} {kind,-13} {verdict}");
        return isEqual;
    }

    private static IEnumerable<string> Differences<TKey, TValue>(Dictionary<TKey, TValue> stored, Dictionary<TKey, TValue> recomputed)
        where TKey : notnull
    {
        foreach (var (key, value) in recomputed)
        {
            if (!stored.TryGetValue(key, out var held))
                yield return $"{key} is missing in the state";
            else if (!Equals(value, held))
                yield return $"{key} is {held} in the state, {value} recomputed";
        }

        foreach (var key in stored.Keys.Where(key => !recomputed.ContainsKey(key)))
            yield return $"{key} is in the state and should not be";
    }
}
