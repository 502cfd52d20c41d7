namespace OrleansInfer.Models;

/// <summary>Cuts a range along delimiters by one of the five behaviours.</summary>
internal static class DelimiterSplit
{
    /// <summary>Appends the pieces of the range [start, start + length), of which <paramref name="matches"/> are relative parts.</summary>
    public static void Append(
        List<(int Start, int Length)> matches, bool invert, SplitBehavior behavior,
        int start, int length, List<(int Start, int Length)> pieces)
    {
        var parts = Parts(matches, invert, start, length);
        if (behavior == SplitBehavior.MergedWithNext)
            AppendMergedWithNext(parts, pieces);
        else
            AppendForward(parts, behavior, pieces);
    }

    static List<(int Start, int Length, bool IsDelimiter)> Parts(
        List<(int Start, int Length)> matches, bool invert, int start, int length)
    {
        var parts = new List<(int, int, bool)>(matches.Count * 2 + 1);
        var position = 0;
        foreach (var match in matches)
        {
            if (match.Start > position)
                parts.Add((start + position, match.Start - position, invert));
            parts.Add((start + match.Start, match.Length, !invert));
            position = match.Start + match.Length;
        }
        if (position < length)
            parts.Add((start + position, length - position, invert));
        return parts;
    }

    static void AppendForward(
        List<(int Start, int Length, bool IsDelimiter)> parts, SplitBehavior behavior, List<(int Start, int Length)> pieces)
    {
        var first = pieces.Count;
        var previous = false;
        foreach (var (start, length, isDelimiter) in parts)
        {
            var joins = behavior switch
            {
                SplitBehavior.Contiguous => isDelimiter == previous,
                SplitBehavior.MergedWithPrevious => isDelimiter && !previous,
                _ => false,
            };
            if (joins && pieces.Count > first)
                pieces[^1] = (pieces[^1].Start, pieces[^1].Length + length);
            else if (behavior != SplitBehavior.Removed || !isDelimiter)
                pieces.Add((start, length));
            previous = isDelimiter;
        }
    }

    static void AppendMergedWithNext(List<(int Start, int Length, bool IsDelimiter)> parts, List<(int Start, int Length)> pieces)
    {
        var first = pieces.Count;
        var next = false;
        for (var i = parts.Count - 1; i >= 0; i--)
        {
            var (start, length, isDelimiter) = parts[i];
            if (isDelimiter && !next && pieces.Count > first)
                pieces[^1] = (start, pieces[^1].Length + length);
            else
                pieces.Add((start, length));
            next = isDelimiter;
        }
        pieces.Reverse(first, pieces.Count - first);
    }
}
