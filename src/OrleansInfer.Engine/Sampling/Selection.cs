using System.Diagnostics;

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

    /// <summary>Moves the <paramref name="count"/> greatest keys to the front, in no particular order.</summary>
    public static void MoveGreatest(Span<ulong> keys, int count)
    {
        if (count < keys.Length) MovePrefix(keys, count, static _ => 1);
    }

    /// <summary>
    /// Moves to the front the fewest keys, the greatest first, whose weights reach <paramref name="target"/>, in no particular order.
    /// Returns how many; the weights of all keys must reach the target.
    /// </summary>
    public static int MoveNucleus(Span<ulong> keys, long target) => MovePrefix(keys, target, static key => (long)(key >> 32));

    // Quickselect by accumulated weight: keys before start belong to the prefix, keys from end on do not.
    static int MovePrefix(Span<ulong> keys, long target, Func<ulong, long> weightOf)
    {
        var (start, end) = (0, keys.Length);
        for (var round = 0; end - start > Small && round < MostRounds; round++)
        {
            var range = keys[start..end];
            var (split, sum) = Partition(range, MedianOfThree(range), weightOf);
            if (sum >= target) end = start + split;
            else (start, target) = (start + split, target - sum);
        }
        keys[start..end].Sort(static (a, b) => b.CompareTo(a));
        for (; target > 0; start++)
        {
            Debug.Assert(start < keys.Length);
            target -= weightOf(keys[start]);
        }
        return start;
    }

    // Keys not less than the pivot go to the front. The pivot is never the least key, so both sides are shorter than the whole.
    static (int Split, long Sum) Partition(Span<ulong> keys, ulong pivot, Func<ulong, long> weightOf)
    {
        var (split, sum) = (0, 0L);
        for (var i = 0; i < keys.Length; i++)
        {
            var key = keys[i];
            if (key < pivot) continue;
            (keys[i], keys[split]) = (keys[split], key);
            split++;
            sum += weightOf(key);
        }
        return (split, sum);
    }

    static ulong MedianOfThree(ReadOnlySpan<ulong> keys)
    {
        var (a, b, c) = (keys[0], keys[keys.Length / 2], keys[^1]);
        return Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
    }
}
