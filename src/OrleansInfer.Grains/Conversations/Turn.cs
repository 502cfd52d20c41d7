using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Grains;

/// <summary>A turn as far as it is in the journal.</summary>
sealed class Turn
{
    readonly Choice[] _choices;
    readonly long _firstSeq;
    readonly int _promptTokens;
    int? _cachedTokens;

    /// <param name="tokenizer">Null: the turn is another model's, and its tokens have no text here.</param>
    public Turn(TurnStarted started, long firstSeq, Tokenizer? tokenizer)
    {
        (Started, _firstSeq, _promptTokens) = (started, firstSeq, started.PromptTokenIds.Length);
        _choices = new Choice[started.Sampling.N];
        for (var i = 0; i < _choices.Length; i++) _choices[i] = new Choice(i, started, tokenizer);
    }

    public TurnStarted Started { get; private set; }

    public IReadOnlyList<Choice> Choices => _choices;

    /// <summary>Every choice has ended.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>The end is in the journal.</summary>
    public bool Ended { get; private set; }

    public TurnUsage Usage
    {
        get
        {
            var completion = 0;
            foreach (var choice in _choices) completion += choice.NumTokens;
            return new(_promptTokens, completion, _cachedTokens ?? 0);
        }
    }

    public TurnInfo Info => new()
    {
        Model = Started.Model,
        FirstSeq = _firstSeq,
        Created = Started.Created,
        Seed = Started.Seed,
        SystemFingerprint = Started.SystemFingerprint,
        PromptTokens = _promptTokens,
        N = _choices.Length,
        Tag = Started.Request.Tag,
    };

    public void Append(ChoiceTokens tokens, EventLog events)
    {
        _cachedTokens ??= tokens.CachedTokens;
        _choices[tokens.Choice].Append(tokens, events);
        IsFinished = Array.TrueForAll(_choices, static choice => choice.FinishReason is not null);
    }

    /// <summary>What only a running turn needs is let go: the prompt above all.</summary>
    public void End(string[] answers)
    {
        Ended = true;
        Started = Started with { PromptTokenIds = [] };
        for (var i = 0; i < _choices.Length; i++) _choices[i].End(answers[i]);
    }
}
