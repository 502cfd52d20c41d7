using System.Text;
using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Engine;

/// <summary>A choice under way in <see cref="LLM"/>: its tokens and its text so far.</summary>
internal sealed class OfflineGeneration(GenerationRequest request, Tokenizer tokenizer, Action<string> onText)
{
    readonly ChoiceText _choice = new(tokenizer, request.Sampling, continuesText: true);
    readonly List<int> _tokenIds = [];
    readonly List<TokenLogprobs> _logprobs = [];
    readonly StringBuilder _text = new();
    FinishReason? _reason;
    int _numCachedTokens;

    /// <summary>Takes what a step gave. False when a stop string is complete: the engine has to be told.</summary>
    public bool Take(GeneratedToken given)
    {
        if (_reason is not null) return true; // the engine's answer to the abort behind a stop string
        _numCachedTokens = given.NumCachedTokens;
        if (given.TokenId >= 0) _tokenIds.Add(given.TokenId);
        if (given.Logprobs is { } logprobs) _logprobs.Add(logprobs);
        _reason = given.FinishReason;
        Add(_choice.Append(given.TokenId, ref _reason));
        return _reason is null || given.FinishReason is not null;
    }

    /// <summary>Once the engine has no more for it.</summary>
    public GenerationOutput ToOutput() => new(
        request.PromptTokenIds, _tokenIds, _text.ToString(), _reason!.Value, request.Choice, _choice.MatchedStop,
        request.Sampling.Logprobs is null ? null : _logprobs, _numCachedTokens);

    void Add(string text)
    {
        if (text.Length == 0) return;
        _text.Append(text);
        onText(text);
    }
}
