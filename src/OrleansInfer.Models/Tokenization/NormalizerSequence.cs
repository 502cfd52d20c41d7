namespace OrleansInfer.Models;

internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> steps) : Normalizer
{
    public override string Apply(string text)
    {
        foreach (var step in steps)
            text = step.Apply(text);
        return text;
    }

    public override (string Text, bool[] Marks) Apply(string text, bool[] marks)
    {
        foreach (var step in steps)
            (text, marks) = step.Apply(text, marks);
        return (text, marks);
    }
}
