using System.Text;

namespace OrleansInfer.Models;

/// <summary>Replaces every match of a pattern by a fixed text.</summary>
internal sealed class ReplaceNormalizer(SplitPattern pattern, string content) : Normalizer
{
    public override string Apply(string text)
    {
        var points = new CodePointText(text, pattern.StandIns);
        var matches = new List<(int Start, int Length)>();
        pattern.FindMatches(points.View, matches);
        if (matches.Count == 0)
            return text;
        var replaced = new StringBuilder(text.Length);
        var position = 0;
        foreach (var match in matches)
        {
            var start = points.ToText(match.Start);
            replaced.Append(text.AsSpan(position, start - position)).Append(content);
            position = points.ToText(match.Start + match.Length);
        }
        return replaced.Append(text.AsSpan(position)).ToString();
    }
}
