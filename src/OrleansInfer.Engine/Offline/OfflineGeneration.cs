using System.Text;
using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Engine;

/// <summary>A choice under way in <see cref="LLM"/>: its tokens and its text so far.</summary>
internal sealed class OfflineGeneration(GenerationRequest request, Tokenizer tokenizer, Action<string> onText)
{
    readonly IncrementalDetokenizer _detokenizer = new(
        tokenizer, request.Sampling.SkipSpecialTokens, request.Sampling.Stop, request.Sampling.IncludeStopStrInOutput);
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
        _reason = given.FinishReason;
        if (given.TokenId >= 0) _tokenIds.Add(given.TokenId);
        if (given.Logprobs is { } logprobs) _logprobs.Add(logprobs);
        var isText = given.TokenId >= 0 && (_reason != FinishReason.Stop || request.Sampling.IncludeStopStrInOutput);
        if (isText) Add(_detokenizer.Push(given.TokenId));
        if (_reason is not null) Add(_detokenizer.Flush());
        if (_detokenizer.MatchedStop is null) return true;
        var isNews = _reason is null;
        _reason = FinishReason.Stop;
        return !isNews;
    }

    /// <summary>Once the engine has no more for it.</summary>
    public GenerationOutput ToOutput() => new(
        request.PromptTokenIds, _tokenIds, _text.ToString(), _reason!.Value, request.Choice, _detokenizer.MatchedStop,
        request.Sampling.Logprobs is null ? null : _logprobs, _numCachedTokens);

    void Add(string text)
    {
        if (text.Length == 0) return;
        _text.Append(text);
        onText(text);
    }
}
