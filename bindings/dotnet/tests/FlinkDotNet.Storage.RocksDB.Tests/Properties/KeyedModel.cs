namespace FlinkDotNet.Storage.RocksDB.Tests.Properties;

/// <summary>What keyed state should be: dictionaries of what was written, each with its time.</summary>
internal sealed class KeyedModel
{
    public const long TimeToLive = 10;

    private readonly Dictionary<(string State, string Key, string Namespace), Cell> _cells = [];

    public long Now { get; set; }

    /// <summary>The visible part of what a state has for a key and namespace.</summary>
    public Cell Read(string state, string key, string nameSpace)
    {
        var cell = _cells.GetValueOrDefault((state, key, nameSpace)) ?? new Cell([], []);
        return HasTtl(state) ? new Cell(cell.Elements.Where(IsAlive).ToList(), Alive(cell.Entries)) : cell;
    }

    public void Write(string state, string key, string nameSpace, Cell cell) => _cells[(state, key, nameSpace)] = cell;

    public void Clear(string state, string key, string nameSpace) => _cells.Remove((state, key, nameSpace));

    /// <summary>The keys and namespaces that have something in a state.</summary>
    public IEnumerable<(string Key, string Namespace)> Present(string state) => _cells.Keys
        .Where(cell => cell.State == state && !Read(state, cell.Key, cell.Namespace).IsEmpty)
        .Select(cell => (cell.Key, cell.Namespace))
        .Order();

    /// <summary>All keys and namespaces that were ever written.</summary>
    public IEnumerable<(string Key, string Namespace)> Places() => _cells.Keys.Select(cell => (cell.Key, cell.Namespace)).Distinct().Order();

    public Timed Stamp(long? value) => new(value, Now);

    private static bool HasTtl(string state) => state.EndsWith("ttl", StringComparison.Ordinal);

    private bool IsAlive(Timed value) => value.Time + TimeToLive > Now;

    private SortedDictionary<string, Timed> Alive(SortedDictionary<string, Timed> entries)
    {
        var alive = new SortedDictionary<string, Timed>(StringComparer.Ordinal);
        foreach (var (key, value) in entries.Where(entry => IsAlive(entry.Value))) alive.Add(key, value);
        return alive;
    }

    internal sealed record Timed(long? Value, long Time);

    /// <summary>A value is one element, a sum as well.</summary>
    internal sealed record Cell(List<Timed> Elements, SortedDictionary<string, Timed> Entries)
    {
        public bool IsEmpty => Elements.Count == 0 && Entries.Count == 0;

        public IEnumerable<long> Numbers => Elements.Select(element => element.Value!.Value);

        public static Cell Of(params Timed[] elements) => new([.. elements], []);

        public static Cell OfEntries(IEnumerable<KeyValuePair<string, Timed>> entries) =>
            new([], new SortedDictionary<string, Timed>(entries.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal));
    }
}
