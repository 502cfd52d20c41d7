using System.Text;
using System.Text.RegularExpressions;
using OrleansInfer.Models;

namespace OrleansInfer.Training;

/// <summary>Cuts text into pieces that merges never cross: words with their blank, single digits, punctuation (Qwen2's).</summary>
internal static partial class PreTokenizer
{
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The pieces of a text, each as characters of <see cref="ByteAlphabet"/>.</summary>
    public static IEnumerable<string> Split(string text)
    {
        foreach (Match match in Pieces().Matches(text))
            yield return string.Concat(Encoding.UTF8.GetBytes(match.Value).Select(ByteAlphabet.ToChar));
    }

    [GeneratedRegex(Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Pieces();
}
