namespace OrleansInfer.Models;

/// <summary>Puts a string before every text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override string Apply(string text) => text.Length == 0 ? text : prefix + text;

    public override (string Text, bool[] Marks) Apply(string text, bool[] marks) => text.Length == 0
        ? (text, marks)
        : (prefix + text, [.. Enumerable.Repeat(marks[0], prefix.Length), .. marks]);
}
