namespace OrleansInfer.Models;

/// <summary>Which stretches of a text came from the request: sorted, never empty, never touching.</summary>
internal sealed class UntrustedRanges
{
    public static readonly UntrustedRanges None = new([]);

    /// <summary>The whole of any text: its range ends behind every text, so that strings of the request can share it.</summary>
    public static readonly UntrustedRanges All = new([new TextRange(0, int.MaxValue)]);

    readonly TextRange[] _ranges;

    UntrustedRanges(TextRange[] ranges) => _ranges = ranges;

    public bool IsEmpty => _ranges.Length == 0;

    public ReadOnlySpan<TextRange> Ranges => _ranges;

    public static UntrustedRanges From(List<TextRange> ranges) => ranges.Count == 0 ? None : new([.. ranges]);

    /// <summary>The ranges of the piece [start, end), counted from its start.</summary>
    public UntrustedRanges Slice(int start, int end)
    {
        if (IsEmpty || start >= end)
            return None;
        if (this == All)
            return All;
        var ranges = new List<TextRange>();
        CopyTo(ranges, start, end, -start);
        return From(ranges);
    }

    /// <summary>The ranges of this text and of another behind it.</summary>
    public UntrustedRanges Followed(int length, UntrustedRanges next, int nextLength)
    {
        if (next.IsEmpty && this != All)
            return this;
        var ranges = new List<TextRange>();
        CopyTo(ranges, 0, length, 0);
        next.CopyTo(ranges, 0, nextLength, length);
        return From(ranges);
    }

    /// <summary>Adds what lies in [start, end) to a list, moved by <paramref name="shift"/>; ranges that touch are joined.</summary>
    public void CopyTo(List<TextRange> target, int start, int end, int shift)
    {
        for (int i = FirstEndingAfter(start); i < _ranges.Length && _ranges[i].Start < end; i++)
            Add(target, new TextRange(Math.Max(_ranges[i].Start, start) + shift, Math.Min(_ranges[i].End, end) + shift));
    }

    public static void Add(List<TextRange> target, TextRange range)
    {
        if (target.Count > 0 && target[^1].End == range.Start)
            target[^1] = target[^1] with { End = range.End };
        else
            target.Add(range);
    }

    // Binary search: a text cut into many pieces must not cost pieces times ranges.
    int FirstEndingAfter(int start)
    {
        int low = 0, high = _ranges.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_ranges[middle].End > start)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
