using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Engine;

/// <summary>How a model's authors advise to sample, as parameters.</summary>
public static class AdvisedSampling
{
    /// <summary>What generation_config.json says; the defaults of <see cref="SamplingParams"/> where it is silent.</summary>
    public static SamplingParams ToSamplingParams(this GenerationConfig config)
    {
        var defaults = new SamplingParams();
        return defaults with
        {
            Temperature = config.Temperature ?? defaults.Temperature,
            TopP = config.TopP ?? defaults.TopP,
            TopK = config.TopK ?? defaults.TopK,
            MinP = config.MinP ?? defaults.MinP,
            RepetitionPenalty = config.RepetitionPenalty ?? defaults.RepetitionPenalty,
        };
    }
}
