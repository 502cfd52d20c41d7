namespace OrleansInfer.Models;

/// <summary>Rewrites a text before anything is split.</summary>
internal abstract class Normalizer
{
    public abstract string Apply(string text);

    /// <summary>
    /// The same with a mark on every char, true where no special token may be found; the marks follow their text.
    /// A rewrite that works across a border between marked and unmarked text marks everything, which is safe.
    /// </summary>
    public virtual (string Text, bool[] Marks) Apply(string text, bool[] marks)
    {
        var whole = Apply(text);
        if (whole == text)
            return (text, marks);
        var rewritten = new System.Text.StringBuilder(whole.Length);
        var moved = new List<bool>(whole.Length);
        for (var start = 0; start < text.Length;)
        {
            var end = start + 1;
            while (end < text.Length && marks[end] == marks[start])
                end++;
            rewritten.Append(Apply(text[start..end]));
            moved.AddRange(Enumerable.Repeat(marks[start], rewritten.Length - moved.Count));
            start = end;
        }
        return rewritten.Equals(whole) ? (whole, moved.ToArray()) : (whole, Enumerable.Repeat(true, whole.Length).ToArray());
    }
}
