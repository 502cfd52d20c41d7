namespace OrleansInfer.Models;

/// <summary>Replaces every occurrence of a string; the common case of Replace, and much faster than a pattern.</summary>
internal sealed class ReplaceTextNormalizer(string old, string content) : Normalizer
{
    public override string Apply(string text) => text.Replace(old, content, StringComparison.Ordinal);
}
