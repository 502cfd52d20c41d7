using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Grains;

/// <summary>A turn as far as it is in the journal.</summary>
sealed class Turn
{
    readonly Choice[] _choices;
    readonly int _promptTokens;
    int? _cachedTokens;
    long? _endSeq;
    DateTimeOffset? _endedAt;

    /// <param name="tokenizer">Null: the turn is another model's, and its tokens have no text here.</param>
    public Turn(TurnStarted started, TurnPlace place, Tokenizer? tokenizer)
    {
        (Started, Place, _promptTokens) = (started, place, started.PromptTokenIds.Length);
        _choices = new Choice[started.Sampling.N];
        for (var i = 0; i < _choices.Length; i++) _choices[i] = new Choice(i, started, tokenizer);
    }

    public TurnStarted Started { get; private set; }

    public TurnPlace Place { get; }

    public IReadOnlyList<Choice> Choices => _choices;

    /// <summary>Every choice has ended.</summary>
    public bool IsFinished => _endSeq is not null;

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
        FirstSeq = Place.FirstSeq,
        Created = Started.Created,
        Seed = Started.Seed,
        SystemFingerprint = Started.SystemFingerprint,
        PromptTokens = _promptTokens,
        N = _choices.Length,
        Tag = Started.Request.Tag,
        Turn = Place.Number,
        EndSeq = _endSeq,
        Usage = IsFinished ? Usage : null,
        FinishReasons = IsFinished ? Array.ConvertAll(_choices, static choice => choice.FinishReason!.Value) : null,
        AnswerItem = Place.FirstItem + (Started.Request.Messages?.Count ?? 0),
        Instructions = Started.Request.Instructions,
        ToolsJson = Started.Request.ToolsJson,
        Ended = _endedAt,
    };

    public void Append(TokensCommitted committed, EventLog events)
    {
        foreach (var tokens in committed.Choices)
        {
            _cachedTokens ??= tokens.CachedTokens;
            _choices[tokens.Choice].Append(tokens, events);
        }
        if (Array.TrueForAll(_choices, static choice => choice.FinishReason is not null)) _endSeq ??= events.NextSeq;
    }

    /// <summary>What only a running turn needs is let go: the prompt above all.</summary>
    public void End(TurnEnded ended)
    {
        Ended = true;
        _endedAt = ended.EndedAt;
        Started = Started with { PromptTokenIds = [] };
        for (var i = 0; i < _choices.Length; i++) _choices[i].End(ended.Answers[i]);
    }
}
