using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

/// <summary>Steps an engine, checks it after every step and keeps what each request was given.</summary>
internal sealed class EngineDriver(PagedHashModel model, EngineOptions options)
{
    public sealed class Answer
    {
        public List<int> TokenIds { get; } = [];

        public List<TokenLogprobs?> Logprobs { get; } = [];

        public FinishReason? Reason { get; set; }

        public int NumCachedTokens { get; set; }
    }

    readonly Dictionary<(string, int), Answer> _answers = [];

    public LLMEngine Engine { get; } = new(model, options);

    public static GenerationRequest Request(
        string id, IReadOnlyList<int> prompt, SamplingParams? sampling = null, ulong seed = 7, int choice = 0, string salt = "") => new()
        {
            RequestId = id,
            PromptTokenIds = prompt,
            Sampling = sampling ?? new SamplingParams { MaxTokens = 8 },
            Seed = seed,
            Choice = choice,
            CacheSalt = salt,
            EosTokenIds = [1],
        };

    public Answer Add(GenerationRequest request)
    {
        Engine.Add(request);
        return _answers[(request.RequestId, request.Choice)] = new Answer();
    }

    public StepOutput Step()
    {
        var output = Engine.Step();
        Engine.CheckIntegrity();
        foreach (var given in output.Tokens)
        {
            var answer = _answers[(given.RequestId, given.Choice)];
            Assert.Null(answer.Reason);
            if (given.Token.TokenId >= 0) answer.TokenIds.Add(given.Token.TokenId);
            if (given.Token.TokenId >= 0) answer.Logprobs.Add(given.Token.Logprobs);
            (answer.Reason, answer.NumCachedTokens) = (given.Token.FinishReason, given.Token.NumCachedTokens);
        }
        return output;
    }

    public void RunToEnd()
    {
        while (Engine.HasUnfinished) Step();
        var load = Engine.Load;
        Assert.Equal(load.TotalBlocks, load.FreeBlocks + load.CachedBlocks);
    }

    public static Answer Alone(PagedHashModel model, EngineOptions options, GenerationRequest request)
    {
        var driver = new EngineDriver(model, options);
        var answer = driver.Add(request);
        driver.RunToEnd();
        return answer;
    }
}
