namespace OrleansInfer.Models;

/// <summary>Removes the white space at the ends of the text.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override string Apply(string text)
    {
        if (left)
            text = text.TrimStart();
        return right ? text.TrimEnd() : text;
    }

    public override (string Text, bool[] Marks) Apply(string text, bool[] marks)
    {
        var stripped = Apply(text);
        var start = left ? text.Length - text.TrimStart().Length : 0;
        return (stripped, marks.AsSpan(Math.Min(start, text.Length - stripped.Length), stripped.Length).ToArray());
    }
}
