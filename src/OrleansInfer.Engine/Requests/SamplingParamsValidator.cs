using System.Globalization;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>
/// Finds what is wrong with sampling parameters before anything is queued. Ranges are OpenAI's where it has the parameter, else vLLM's.
/// </summary>
public static class SamplingParamsValidator
{
    /// <summary>Most choices of a request.</summary>
    public const int MaxN = 128;

    /// <summary>Most alternatives reported for a token.</summary>
    public const int MaxLogprobs = 20;

    const int MaxStopStrings = 16, MaxStopLength = 1024, MaxStopTokenIds = 256, MaxLogitBias = 1024;

    /// <summary>The first parameter out of its range, by its name on the wire, and how to mend it; null when all are right.</summary>
    public static (string Param, string Message)? FirstFault(SamplingParams p, int vocabSize, int maxModelLen) =>
        FirstFaultOfNumbers(p, maxModelLen) ?? FirstFaultOfTokens(p, vocabSize) ?? FirstFaultOfStop(p);

    static (string, string)? FirstFaultOfNumbers(SamplingParams p, int maxModelLen) =>
        OutOfRange("n", p.N, 1, MaxN)
        ?? OutOfRange("temperature", p.Temperature, 0, 2)
        ?? OutOfRange("top_p", p.TopP, float.Epsilon, 1, "greater than 0 and at most 1")
        ?? OutOfRange("top_k", p.TopK, -1, int.MaxValue, "-1 or 0 (all tokens) or at least 1")
        ?? OutOfRange("min_p", p.MinP, 0, 1)
        ?? OutOfRange("presence_penalty", p.PresencePenalty, -2, 2)
        ?? OutOfRange("frequency_penalty", p.FrequencyPenalty, -2, 2)
        ?? OutOfRange("repetition_penalty", p.RepetitionPenalty, float.Epsilon, 2, "greater than 0 and at most 2")
        ?? OutOfRange("max_tokens", p.MaxTokens ?? 1, 1, int.MaxValue, "at least 1")
        ?? OutOfRange("min_tokens", p.MinTokens, 0, Math.Min(p.MaxTokens ?? maxModelLen, maxModelLen))
        ?? OutOfRange("logprobs", p.Logprobs ?? 0, 0, MaxLogprobs);

    static (string, string)? FirstFaultOfTokens(SamplingParams p, int vocabSize)
    {
        if (p.StopTokenIds.Count > MaxStopTokenIds) return ("stop_token_ids", $"stop_token_ids may hold at most {MaxStopTokenIds} tokens.");
        foreach (var id in p.StopTokenIds)
            if (OutOfRange("stop_token_ids", id, 0, vocabSize - 1) is { } fault) return fault;
        if (p.LogitBias is not { } biases) return null;
        if (biases.Count > MaxLogitBias) return ("logit_bias", $"logit_bias may hold at most {MaxLogitBias} tokens.");
        foreach (var (id, bias) in biases)
        {
            if (id < 0 || id >= vocabSize) return ("logit_bias", $"logit_bias names token {id}; token ids run from 0 to {vocabSize - 1}.");
            if (OutOfRange("logit_bias", bias, -100, 100) is { } fault) return fault;
        }
        return null;
    }

    static (string, string)? FirstFaultOfStop(SamplingParams p)
    {
        if (p.Stop.Count > MaxStopStrings) return ("stop", $"stop may hold at most {MaxStopStrings} strings.");
        foreach (var text in p.Stop)
            if (text is not { Length: > 0 and <= MaxStopLength })
                return ("stop", $"A stop string must have 1 to {MaxStopLength} characters.");
        return null;
    }

    // The comparison is written so that NaN is out of every range.
    static (string, string)? OutOfRange(string param, double value, double least, double most, string? range = null) =>
        value >= least && value <= most
            ? null
            : (param, string.Create(
                CultureInfo.InvariantCulture, $"{param} is {Shown(value)}; it must be {range ?? $"from {least} to {most}"}."));

    // A fraction came as a float: as a double it would have digits that nobody gave.
    static string Shown(double value) =>
        double.IsInteger(value) ? value.ToString(CultureInfo.InvariantCulture) : ((float)value).ToString(CultureInfo.InvariantCulture);
}
