using System.Globalization;

namespace OrleansInfer.Models;

/// <summary>
/// For every code point beyond U+FFFF, one UTF-16 unit that a .NET regex treats as Onig treats the code point:
/// a rare character of the same general category. A pattern that names such code points itself gets one more
/// character for each (named range, category), so that the range can be told from the rest of its category.
/// </summary>
internal sealed class StandIns
{
    public static readonly StandIns ByCategory = new([]);

    /// <summary>Rare characters of each category, the first for code points that the pattern does not name.</summary>
    static readonly Dictionary<UnicodeCategory, string> Pools = new()
    {
        [UnicodeCategory.UppercaseLetter] = "\uA7AE\uA640\uA642\uA646\uA648\uA64A\uA64C\uA64E",
        [UnicodeCategory.LowercaseLetter] = "\uA7C1\uA641\uA643\uA647\uA649\uA64B\uA64D\uA64F",
        [UnicodeCategory.TitlecaseLetter] = "\u1FFC\u1FBC",
        [UnicodeCategory.ModifierLetter] = "\uA717\uA718\uA719\uA71A",
        [UnicodeCategory.OtherLetter] = "\uA4D0\uA4D1\uA4D2\uA4D3\uA4D4\uA4D5\uA4D6\uA4D7\uA4D8\uA4D9\uA4DA\uA4DB\uA4DC",
        [UnicodeCategory.NonSpacingMark] = "\uA6F0\uA6F1\uA802\uA806",
        [UnicodeCategory.SpacingCombiningMark] = "\uA880\uA881\uA8B4\uA8B5",
        [UnicodeCategory.EnclosingMark] = "\uA670\uA671",
        [UnicodeCategory.DecimalDigitNumber] = "\uA8D0\uA8D1\uA8D2\uA8D3\uA8D4\uA8D5",
        [UnicodeCategory.LetterNumber] = "\uA6E6\uA6E7\uA6E8",
        [UnicodeCategory.OtherNumber] = "\uA830\uA831\uA832\uA833",
        [UnicodeCategory.OtherPunctuation] = "\uA4FE\uA4FF\uA60D\uA60E",
        [UnicodeCategory.MathSymbol] = "\u29D7\u29D6\u29D5\u29D4",
        [UnicodeCategory.CurrencySymbol] = "\uA838",
        [UnicodeCategory.ModifierSymbol] = "\uA700\uA701\uA702\uA703",
        [UnicodeCategory.OtherSymbol] = "\uA490\uA491\uA492\uA493\uA494\uA495\uA496\uA497\uA498\uA499\uA49A\uA49B",
        [UnicodeCategory.DashPunctuation] = "\u2E3A\u2E3B",
        [UnicodeCategory.OpenPunctuation] = "\u2E28\u2E26",
        [UnicodeCategory.ClosePunctuation] = "\u2E29\u2E27",
        [UnicodeCategory.Format] = "\u2064\u2063\u2062",
        [UnicodeCategory.PrivateUse] = "\uE000\uE001\uE002\uE003",
        [UnicodeCategory.OtherNotAssigned] = "\uFFFE\uFFFF",
    };

    readonly int[] _borders;
    readonly Dictionary<(int Interval, UnicodeCategory Category), char> _assigned = [];

    /// <param name="ranges">The ranges beyond U+FFFF that the pattern names, both ends included.</param>
    public StandIns(IReadOnlyCollection<(int First, int Last)> ranges)
    {
        _borders = ranges.SelectMany(range => new[] { range.First, range.Last + 1 }).Distinct().Order().ToArray();
        var used = new Dictionary<UnicodeCategory, int>();
        foreach (var (first, last) in ranges)
            for (var codePoint = first; codePoint <= last; codePoint++)
                Assign(codePoint, used);
    }

    void Assign(int codePoint, Dictionary<UnicodeCategory, int> used)
    {
        var key = (IntervalOf(codePoint), CharUnicodeInfo.GetUnicodeCategory(codePoint));
        if (_assigned.ContainsKey(key))
            return;
        var next = used.GetValueOrDefault(key.Item2) + 1;
        if (!Pools.TryGetValue(key.Item2, out var pool) || next >= pool.Length)
            throw new InvalidDataException($"a pattern names too many ranges beyond U+FFFF of category {key.Item2}");
        _assigned[key] = pool[next];
        used[key.Item2] = next;
    }

    int IntervalOf(int codePoint)
    {
        var found = Array.BinarySearch(_borders, codePoint);
        return found >= 0 ? found : ~found - 1;
    }

    public char For(int codePoint)
    {
        var category = CharUnicodeInfo.GetUnicodeCategory(codePoint);
        if (_borders.Length > 0 && _assigned.TryGetValue((IntervalOf(codePoint), category), out var assigned))
            return assigned;
        return Pools.TryGetValue(category, out var pool) ? pool[0] : '\uFFFE';
    }

    /// <summary>The characters that together stand for a range that was given to the constructor.</summary>
    public string Of(int first, int last)
    {
        var (from, to) = (IntervalOf(first), IntervalOf(last));
        return string.Concat(_assigned.Where(pair => pair.Key.Interval >= from && pair.Key.Interval <= to).Select(pair => pair.Value));
    }
}
