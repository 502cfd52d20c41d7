using System.Text;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;
using OrleansInfer.Models;

namespace OrleansInfer.Grains;

/// <summary>One choice of a turn: its tokens, and the text they have made so far.</summary>
sealed class Choice(int index, TurnStarted started, Tokenizer? tokenizer)
{
    readonly List<int> _tokenIds = [];
    readonly StringBuilder _answer = new();
    ChoiceText? _text = tokenizer is null ? null : new(tokenizer, started.Sampling, continuesText: started.Request.Messages is null);
    string? _finalAnswer;

    public int Index => index;

    public IReadOnlyList<int> TokenIds => _tokenIds;

    public int NumTokens { get; private set; }

    public FinishReason? FinishReason { get; private set; }

    public string Answer => _finalAnswer ?? _answer.ToString();

    /// <summary>Turns tokens into events. What comes behind the end of a choice is dropped: the engine had not heard of a stop string
    /// yet.</summary>
    public void Append(ChoiceTokens tokens, EventLog events)
    {
        for (var i = 0; i < tokens.TokenIds.Length && FinishReason is null; i++)
        {
            var last = i == tokens.TokenIds.Length - 1;
            Add(tokens.TokenIds[i], tokens.Logprobs?[i], last ? tokens.FinishReason : null, events);
        }
        if (FinishReason is null && tokens.FinishReason is { } reason) Add(tokenId: -1, logprobs: null, reason, events);
    }

    public void End(string answer)
    {
        _finalAnswer = answer;
        _text = null;
        _answer.Clear();
        _tokenIds.Clear();
        _tokenIds.TrimExcess();
    }

    void Add(int tokenId, TokenLogprobs? logprobs, FinishReason? finish, EventLog events)
    {
        if (tokenId >= 0)
        {
            _tokenIds.Add(tokenId);
            NumTokens++;
        }
        var text = _text?.Append(tokenId, ref finish) ?? "";
        _answer.Append(text);
        FinishReason = finish;
        events.Add(new()
        {
            Seq = events.NextSeq,
            Choice = index,
            TokenId = tokenId,
            Text = text,
            Logprobs = logprobs is null || tokenizer is null ? null : LogprobsText.Of(tokenId, logprobs, tokenizer),
            FinishReason = finish,
            StopReason = _text?.MatchedStop,
        });
    }
}
