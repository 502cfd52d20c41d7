using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Engine;

/// <summary>
/// The text of one choice, token by token, and how text can end it. It follows from the tokens alone, so a replay gives the same text.
/// </summary>
/// <param name="continuesText">The tokens go on after a raw prompt, not after a chat template.</param>
public sealed class ChoiceText(Tokenizer tokenizer, SamplingParams sampling, bool continuesText)
{
    readonly IncrementalDetokenizer _detokenizer = new(
        tokenizer, sampling.SkipSpecialTokens, sampling.Stop, sampling.IncludeStopStrInOutput, continuesText, sampling.MinTokens);

    /// <summary>The stop string that ended the text, or null.</summary>
    public string? MatchedStop => _detokenizer.MatchedStop;

    /// <summary>
    /// The text that the choice's next token makes final. A token that ended the generation is no text, unless asked for.
    /// </summary>
    /// <param name="tokenId">-1: only the end.</param>
    /// <param name="finish">Why the engine ended it here, or null; <see cref="FinishReason.Stop"/> when a stop string is complete.</param>
    public string Append(int tokenId, ref FinishReason? finish)
    {
        var isText = tokenId >= 0 && (finish != FinishReason.Stop || sampling.IncludeStopStrInOutput);
        var text = isText ? _detokenizer.Push(tokenId) : "";
        if (finish is not null) text += _detokenizer.Flush();
        if (MatchedStop is not null) finish = FinishReason.Stop;
        return text;
    }
}
