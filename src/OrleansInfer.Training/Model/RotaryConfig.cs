using System.Text.Json;

namespace OrleansInfer.Training;

/// <summary>Rotary position embedding as config.json describes it; frequencies as Hugging Face computes them, in double precision.</summary>
internal sealed record RotaryConfig
{
    public string Type { get; init; } = "default";
    public double Theta { get; init; } = 10000;
    public double Factor { get; init; } = 1;
    public double OriginalMaxPositions { get; init; } = 2048;
    public double LowFrequencyFactor { get; init; } = 1;
    public double HighFrequencyFactor { get; init; } = 4;
    public double BetaFast { get; init; } = 32;
    public double BetaSlow { get; init; } = 1;

    /// <summary>What cosines and sines are multiplied by; YaRN's only.</summary>
    public double AttentionFactor { get; init; } = 1;

    public static RotaryConfig Parse(JsonElement root, int maxPositions)
    {
        var scaling = ReferenceConfig.Optional(root, "rope_parameters", v => v,
            ReferenceConfig.Optional(root, "rope_scaling", v => v, default));
        var theta = Number(root, "rope_theta", 10000);
        if (scaling.ValueKind != JsonValueKind.Object)
            return new() { Theta = theta };
        var type = ReferenceConfig.Optional(scaling, "rope_type", v => v.GetString(),
            ReferenceConfig.Optional(scaling, "type", v => v.GetString(), "default"))!;
        if (type is not ("default" or "linear" or "llama3" or "yarn"))
            throw new JsonException($"rotary type '{type}' is not one of default, linear, llama3, yarn.");
        var factor = Number(scaling, "factor", 1);
        return new()
        {
            Type = type,
            Theta = Number(scaling, "rope_theta", theta),
            Factor = factor,
            OriginalMaxPositions = Number(scaling, "original_max_position_embeddings", maxPositions),
            LowFrequencyFactor = Number(scaling, "low_freq_factor", 1),
            HighFrequencyFactor = Number(scaling, "high_freq_factor", 4),
            BetaFast = Number(scaling, "beta_fast", 32),
            BetaSlow = Number(scaling, "beta_slow", 1),
            AttentionFactor = type == "yarn" ? Number(scaling, "attention_factor", 0.1 * Math.Log(Math.Max(factor, 1)) + 1) : 1,
        };
    }

    /// <summary>Angle per position of each pair of dimensions: [headDim / 2].</summary>
    public double[] InverseFrequencies(int headDim)
    {
        var frequencies = new double[headDim / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var plain = Math.Pow(Theta, -2.0 * i / headDim);
            frequencies[i] = Type switch
            {
                "linear" => plain / Factor,
                "llama3" => Llama3(plain),
                "yarn" => Yarn(plain, i, headDim),
                _ => plain,
            };
        }
        return frequencies;
    }

    // Long waves are slowed by the factor, short ones left, those between blended.
    double Llama3(double frequency)
    {
        var turns = OriginalMaxPositions * frequency / (2 * Math.PI);
        var keep = (turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return Blend(frequency, Math.Clamp(keep, 0, 1));
    }

    // Peng et al., 2023, "YaRN: Efficient Context Window Extension of Large Language Models".
    double Yarn(double frequency, int pair, int headDim)
    {
        var low = Math.Max(Math.Floor(PairThatTurns(BetaFast, headDim)), 0);
        var high = Math.Min(Math.Ceiling(PairThatTurns(BetaSlow, headDim)), headDim - 1);
        var ramp = (pair - low) / (high == low ? 0.001 : high - low);
        return Blend(frequency, 1 - Math.Clamp(ramp, 0, 1));
    }

    double PairThatTurns(double times, int headDim) =>
        headDim * Math.Log(OriginalMaxPositions / (times * 2 * Math.PI)) / (2 * Math.Log(Theta));

    double Blend(double frequency, double keep) => frequency * keep + frequency / Factor * (1 - keep);

    static double Number(JsonElement element, string name, double otherwise) =>
        ReferenceConfig.Optional(element, name, v => v.GetDouble(), otherwise);
}
