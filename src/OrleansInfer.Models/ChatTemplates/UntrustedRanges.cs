namespace OrleansInfer.Models;

/// <summary>Which stretches of a text came from the request: sorted, never empty, never touching.</summary>
internal sealed class UntrustedRanges
{
    public static readonly UntrustedRanges None = new([]);

    readonly TextRange[] _ranges;

    UntrustedRanges(TextRange[] ranges) => _ranges = ranges;

    public bool IsEmpty => _ranges.Length == 0;

    public ReadOnlySpan<TextRange> Ranges => _ranges;

    /// <summary>The whole of a text of <paramref name="length"/> characters.</summary>
    public static UntrustedRanges All(int length) => length == 0 ? None : new([new TextRange(0, length)]);

    public static UntrustedRanges From(List<TextRange> ranges) => ranges.Count == 0 ? None : new([.. ranges]);

    /// <summary>The ranges of the piece [start, end), counted from its start.</summary>
    public UntrustedRanges Slice(int start, int end)
    {
        if (IsEmpty || start >= end)
            return None;
        var ranges = new List<TextRange>();
        CopyTo(ranges, start, end, -start);
        return From(ranges);
    }

    /// <summary>The ranges of this text, <paramref name="length"/> long, followed by another.</summary>
    public UntrustedRanges Followed(int length, UntrustedRanges next)
    {
        if (next.IsEmpty)
            return this;
        var ranges = new List<TextRange>(_ranges);
        next.CopyTo(ranges, 0, int.MaxValue, length);
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
