using System.Text;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>The answer of a response as far as its tokens have come.</summary>
internal sealed class ResponseOutput
{
    readonly StringBuilder _text = new();
    readonly List<LogprobsContent> _logprobs = [];

    /// <summary>A token was generated: there is a message, be it empty.</summary>
    public bool Begun { get; private set; }

    public string Text => _text.ToString();

    public IReadOnlyList<LogprobsContent> Logprobs => _logprobs;

    public FinishReason? FinishReason { get; private set; }

    public void Add(TokenEvent token)
    {
        Begun |= token.TokenId >= 0;
        _text.Append(token.Text);
        if (token.Logprobs is { } logprobs) _logprobs.Add(logprobs);
        FinishReason = token.FinishReason ?? FinishReason;
    }
}
