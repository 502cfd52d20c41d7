using System.CommandLine;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>How tokens are chosen, as options of the command line. Their ranges are checked with the request.</summary>
internal sealed class SamplingOptions
{
    const int DefaultMaxTokens = 128;

    readonly Option<int?> _maxTokens = New<int?>("--max-tokens", "N", $"Most tokens to generate. Default: {DefaultMaxTokens}.");
    readonly Option<int?> _minTokens = New<int?>("--min-tokens", "N", "Does not end before this many tokens. Default: 0.");
    readonly Option<float?> _temperature = New<float?>("--temperature", "T", "0 (default) takes the likeliest token.");
    readonly Option<long?> _seed = New<long?>("--seed", "S", "Key of the random numbers. Default: 0.");
    readonly Option<float?> _topP = New<float?>("--top-p", "P", "Sample from the likeliest tokens of this total probability. Default: 1.");
    readonly Option<int?> _topK = New<int?>("--top-k", "K", "Sample from this many of the likeliest tokens. Default: 0, all.");
    readonly Option<float?> _minP = New<float?>("--min-p", "P", "Sample from tokens this likely, compared to the likeliest. Default: 0.");
    readonly Option<float?> _presence = New<float?>("--presence-penalty", "X", "For tokens that stand in the answer already. Default: 0.");
    readonly Option<float?> _frequency = New<float?>("--frequency-penalty", "X", "For each time a token stands there already. Default: 0.");
    readonly Option<float?> _repetition = New<float?>("--repetition-penalty", "X", "For tokens of prompt and answer. Default: 1, none.");
    readonly Option<string[]> _stop = New<string[]>("--stop", "TEXT", "Ends the answer before this text; may be given more than once.");
    readonly Option<bool> _ignoreEos = new("--ignore-eos") { Description = "Goes on behind end-of-sequence tokens." };

    public IEnumerable<Option> All =>
        [_maxTokens, _minTokens, _temperature, _seed, _topP, _topK, _minP, _presence, _frequency, _repetition, _stop, _ignoreEos];

    public SamplingParams Read(ParseResult parsed) => new()
    {
        MaxTokens = parsed.GetValue(_maxTokens) ?? DefaultMaxTokens,
        MinTokens = parsed.GetValue(_minTokens) ?? 0,
        Temperature = parsed.GetValue(_temperature) ?? 0,
        Seed = unchecked((ulong)(parsed.GetValue(_seed) ?? 0)),
        TopP = parsed.GetValue(_topP) ?? 1,
        TopK = parsed.GetValue(_topK) ?? 0,
        MinP = parsed.GetValue(_minP) ?? 0,
        PresencePenalty = parsed.GetValue(_presence) ?? 0,
        FrequencyPenalty = parsed.GetValue(_frequency) ?? 0,
        RepetitionPenalty = parsed.GetValue(_repetition) ?? 1,
        Stop = parsed.GetValue(_stop) ?? [],
        IgnoreEos = parsed.GetValue(_ignoreEos),
    };

    static Option<T> New<T>(string name, string helpName, string description) =>
        new(name) { HelpName = helpName, Description = description };
}
