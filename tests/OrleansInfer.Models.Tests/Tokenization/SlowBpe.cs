namespace OrleansInfer.Models.Tests;

/// <summary>Byte-pair encoding as its definition says: merge the pair of lowest rank, the leftmost first, until there is none.</summary>
internal static class SlowBpe
{
    public static List<string> Merge(IEnumerable<string> symbols, IReadOnlyList<string> merges)
    {
        var parts = symbols.ToList();
        while (true)
        {
            var (rank, at) = Enumerable.Range(0, Math.Max(parts.Count - 1, 0))
                .Select(i => (Rank: merges.LastIndexOf($"{parts[i]} {parts[i + 1]}"), At: i))
                .Where(pair => pair.Rank >= 0)
                .DefaultIfEmpty((-1, -1))
                .Min();
            if (rank < 0)
                return parts;
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
    }

    static int LastIndexOf(this IReadOnlyList<string> list, string value)
    {
        for (var i = list.Count - 1; i >= 0; i--)
            if (list[i] == value)
                return i;
        return -1;
    }
}
