namespace OrleansInfer.Models;

/// <summary>A stable sort whose comparisons may throw: the sorts of .NET wrap what a comparer throws.</summary>
internal static class MergeSort
{
    /// <summary>The items in the order of their keys; equal ones keep theirs, also in reverse, as in Python.</summary>
    public static T[] Sorted<T>(IEnumerable<T> items, Func<T, TemplateValue> key, RenderState state, bool reverse = false)
    {
        var keyed = items.Select(item => (Key: key(item), Item: item)).ToArray();
        state.Charge(keyed.Length);
        Sort(keyed, new (TemplateValue, T)[keyed.Length], (a, b) => ValueComparison.Compare(a, b, state) * (reverse ? -1L : 1L) > 0);
        return [.. keyed.Select(pair => pair.Item)];
    }

    static void Sort<T>(Span<(TemplateValue Key, T Item)> items, Span<(TemplateValue Key, T Item)> buffer,
        Func<TemplateValue, TemplateValue, bool> isAfter)
    {
        if (items.Length < 2)
            return;
        int middle = items.Length / 2;
        Sort(items[..middle], buffer, isAfter);
        Sort(items[middle..], buffer, isAfter);
        items.CopyTo(buffer);
        for (int i = 0, left = 0, right = middle; i < items.Length; i++)
        {
            bool takeRight = left == middle || (right < items.Length && isAfter(buffer[left].Key, buffer[right].Key));
            items[i] = buffer[takeRight ? right++ : left++];
        }
    }
}
