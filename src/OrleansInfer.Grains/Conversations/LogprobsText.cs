using System.Text;
using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Grains;

/// <summary>Log probabilities of ids become OpenAI's, of text and bytes.</summary>
static class LogprobsText
{
    public static LogprobsContent Of(int tokenId, TokenLogprobs logprobs, Tokenizer tokenizer)
    {
        var top = new LogprobsToken[logprobs.Top.Count];
        for (var i = 0; i < top.Length; i++) top[i] = Token(logprobs.Top[i].TokenId, logprobs.Top[i].Logprob, tokenizer);
        return new(Token(tokenId, logprobs.Logprob, tokenizer), top);
    }

    static LogprobsToken Token(int id, float logprob, Tokenizer tokenizer)
    {
        var bytes = tokenizer.TokenBytes(id).ToArray();
        // A special token adds no bytes to a text; here it is shown by its name.
        var text = bytes.Length > 0 ? Encoding.UTF8.GetString(bytes) : tokenizer.IdToToken(id) ?? "";
        return new(text, bytes, logprob);
    }
}
