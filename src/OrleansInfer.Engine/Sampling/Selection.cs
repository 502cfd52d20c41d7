namespace OrleansInfer.Engine;

/// <summary>
/// Partial selection: the best of many without sorting them all. A key holds a rank in its high half and the complement of an index in its
/// low half, so that all keys differ and of equal ranks the lower index is the greater key.
/// </summary>
internal static class Selection
{
    const int Small = 24, MostRounds = 64;

    /// <summary>The key of a logit: greater for a greater logit, then for a lower index.</summary>
    public static ulong KeyOf(float logit, int index)
    {
        var bits = BitConverter.SingleToInt32Bits(logit + 0f); // -0 + 0 is 0: equal logits get equal ranks
        var rank = (uint)(bits ^ bits >> 31 & 0x7FFFFFFF) ^ 0x80000000;
        return (ulong)rank << 32 | ~(uint)index;
    }

    /// <summary>The key of a weight: greater for a greater weight, then for a lower index.</summary>
    public static ulong KeyOf(int weight, int index) => (ulong)(uint)weight << 32 | ~(uint)index;

    public static int IndexOf(ulong key) => (int)~(uint)key;

    /// <summary>Moves the <paramref name="count"/> greatest keys to the front, in no particular order: quickselect.</summary>
    public static void MoveGreatest(Span<ulong> keys, int count)
    {
        // Keys before start are among them, keys from end on are not. Pivots that halve nothing, however unlikely, end in a sort.
        var (start, end) = (0, keys.Length);
        for (var round = 0; start < count && count < end; round++)
        {
            var range = keys[start..end];
            if (range.Length <= Small || round == MostRounds)
            {
                range.Sort(static (a, b) => b.CompareTo(a));
                return;
            }
            var split = start + Partition(range, MedianOfThree(range));
            if (split <= count) start = split;
            else end = split;
        }
    }

    // Keys not less than the pivot go to the front. The pivot is never the least key, so both sides are shorter than the whole.
    static int Partition(Span<ulong> keys, ulong pivot)
    {
        var split = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            var key = keys[i];
            if (key < pivot) continue;
            (keys[i], keys[split]) = (keys[split], key);
            split++;
        }
        return split;
    }

    static ulong MedianOfThree(ReadOnlySpan<ulong> keys)
    {
        var (a, b, c) = (keys[0], keys[keys.Length / 2], keys[^1]);
        return Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
    }
}
