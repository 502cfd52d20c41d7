using System.Text;

namespace OrleansInfer.Models;

/// <summary>How tokens become bytes, one at a time.</summary>
/// <param name="Steps">Applied to every token in turn.</param>
/// <param name="Separator">Stands between tokens; only a tokenizer without a decoder has one.</param>
/// <param name="LeadingChar">Is cut from the beginning of the whole text, up to <paramref name="LeadingCount"/> times.</param>
internal sealed record TokenDecoder(IReadOnlyList<DecoderStep> Steps, string Separator, char LeadingChar, int LeadingCount)
{
    public bool TreatsFirstApart => Steps.Any(step => step is DecoderStep.Metaspace { DropsInFirst: true });

    public byte[] Decode(string token, bool isFirst)
    {
        foreach (var step in Steps)
        {
            switch (step)
            {
                case DecoderStep.ByteLevel when ByteAlphabet.TryDecode(token) is { } bytes:
                    return bytes;
                case DecoderStep.ByteFallback when ByteTokens.TryParse(token) is { } value:
                    return [value];
                case DecoderStep.Replace replace:
                    token = replace.Rewrite.Apply(token);
                    break;
                case DecoderStep.Strip strip:
                    token = Strip(token, strip);
                    break;
                case DecoderStep.Metaspace metaspace:
                    token = isFirst && metaspace.DropsInFirst
                        ? token.Replace(metaspace.Mark.ToString(), "")
                        : token.Replace(metaspace.Mark, ' ');
                    break;
            }
        }
        return Encoding.UTF8.GetBytes(token);
    }

    static string Strip(string token, DecoderStep.Strip strip)
    {
        int start = 0, end = token.Length;
        while (start < end && start < strip.Start && token[start] == strip.Content)
            start++;
        while (end > start && token.Length - end < strip.Stop && token[end - 1] == strip.Content)
            end--;
        return token[start..end];
    }
}
