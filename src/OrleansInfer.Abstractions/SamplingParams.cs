namespace OrleansInfer.Abstractions;

/// <summary>How the tokens of one request are chosen. Names and meanings are OpenAI's, then vLLM's.</summary>
[GenerateSerializer, Immutable, Alias("oi.SamplingParams")]
public sealed record SamplingParams
{
    /// <summary>Number of choices generated for the prompt; at least 1. Default 1.</summary>
    [Id(0)] public int N { get; init; } = 1;

    /// <summary>Divides the logits; 0 takes the most likely token (greedy). Default 1, range 0 to 2.</summary>
    [Id(1)] public float Temperature { get; init; } = 1f;

    /// <summary>Keeps the most likely tokens whose probabilities sum to at least this. Default 1 (all), range (0, 1].</summary>
    [Id(2)] public float TopP { get; init; } = 1f;

    /// <summary>Keeps the k most likely tokens; 0 or -1 keeps all. Default 0.</summary>
    [Id(3)] public int TopK { get; init; }

    /// <summary>Keeps tokens at least this fraction as likely as the most likely one. Default 0 (all), range [0, 1].</summary>
    [Id(4)] public float MinP { get; init; }

    /// <summary>Key of the random numbers: the same request with the same seed gives the same tokens. Null: the server draws one.</summary>
    [Id(5)] public ulong? Seed { get; init; }

    /// <summary>Subtracted once from the logit of every token already generated. Default 0, range [-2, 2].</summary>
    [Id(6)] public float PresencePenalty { get; init; }

    /// <summary>Subtracted for each time a token was generated already. Default 0, range [-2, 2].</summary>
    [Id(7)] public float FrequencyPenalty { get; init; }

    /// <summary>
    /// Divides positive and multiplies negative logits of tokens in the prompt or the output. Default 1 (off), range (0, 2].
    /// </summary>
    [Id(8)] public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>Token id to a bias in [-100, 100] added to its logit.</summary>
    [Id(9)] public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Texts that end the generation; they are not part of the output unless <see cref="IncludeStopStrInOutput"/>.</summary>
    [Id(10)] public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Tokens that end the generation, besides the model's own end-of-sequence tokens.</summary>
    [Id(11)] public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>Most tokens to generate for a choice. Null: to the end of the context.</summary>
    [Id(12)] public int? MaxTokens { get; init; }

    /// <summary>End-of-sequence and stop tokens are not sampled before this many tokens. Default 0.</summary>
    [Id(13)] public int MinTokens { get; init; }

    /// <summary>Goes on behind the model's end-of-sequence tokens. Default false.</summary>
    [Id(14)] public bool IgnoreEos { get; init; }

    /// <summary>Report the log probability of each token and of this many of the most likely ones. Null: none.</summary>
    [Id(15)] public int? Logprobs { get; init; }

    /// <summary>Default false.</summary>
    [Id(16)] public bool IncludeStopStrInOutput { get; init; }

    /// <summary>Leaves special tokens out of the text. Default true.</summary>
    [Id(17)] public bool SkipSpecialTokens { get; init; } = true;
}
