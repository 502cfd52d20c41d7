namespace OrleansInfer.Models;

/// <summary>The code points beyond U+FFFF, and the ranges of them, that a pattern is written with.</summary>
internal static class SupplementaryRanges
{
    public static List<(int First, int Last)> In(string pattern)
    {
        var ranges = new List<(int, int)>();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (UnicodeText.CodePointLength(pattern, i) == 1)
                continue;
            var (first, last, length) = At(pattern, i);
            ranges.Add((first, last));
            i += length - 1;
        }
        return ranges;
    }

    /// <summary>The range (or the one code point) that begins at an index, and how many chars it is written with.</summary>
    public static (int First, int Last, int Length) At(string pattern, int index)
    {
        var first = char.ConvertToUtf32(pattern, index);
        var isRange = index + 3 < pattern.Length && pattern[index + 2] == '-'
            && UnicodeText.CodePointLength(pattern, index + 3) == 2;
        if (!isRange)
            return (first, first, 2);
        var last = char.ConvertToUtf32(pattern, index + 3);
        if (last < first)
            throw new InvalidDataException("a pattern has a range that ends before it begins");
        return (first, last, 5);
    }
}
