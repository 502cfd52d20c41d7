namespace OrleansInfer.Models;

/// <summary>Rotary position embedding: its base and, for longer contexts, its variant.</summary>
public sealed record RopeConfig
{
    const string Original = "original_max_position_embeddings";

    /// <summary>default, linear, llama3 or yarn.</summary>
    public required string Type { get; init; }

    public required double Theta { get; init; }
    public double Factor { get; init; } = 1;
    public int? OriginalMaxPositions { get; init; }
    public double LowFreqFactor { get; init; } = 1;
    public double HighFreqFactor { get; init; } = 4;
    public double BetaFast { get; init; } = 32;
    public double BetaSlow { get; init; } = 1;
    public bool Truncate { get; init; } = true;

    /// <summary>Multiplies cosine and sine (YaRN's temperature of the attention).</summary>
    public double AttentionScaling { get; init; } = 1;

    internal static RopeConfig Read(JsonFile config)
    {
        // Newer files keep everything in rope_parameters, older ones the variant alone in rope_scaling.
        var scaling = config.ObjectOrNull("rope_parameters") ?? config.ObjectOrNull("rope_scaling");
        var theta = (scaling is not null && scaling.Has("rope_theta") ? scaling : config).Number("rope_theta", 1, 1e15, 10_000);
        var type = scaling?.StringOrNull("rope_type") ?? scaling?.StringOrNull("type") ?? "default";
        if (scaling is null || type is "default" or "mrope") return new RopeConfig { Type = "default", Theta = theta };
        if (type is not ("linear" or "llama3" or "yarn"))
            throw scaling.Fault($"the rotary variant \"{type}\" is not supported; supported are default, linear, llama3 and yarn.");
        var rope = new RopeConfig
        {
            Type = type,
            Theta = theta,
            Factor = scaling.Number("factor", 1, 1e6),
            OriginalMaxPositions = type == "linear" ? null
                : (scaling.Has(Original) ? scaling.Int(Original, 1, 1 << 28) : config.Int("max_position_embeddings", 1, 1 << 28)),
        };
        return type switch
        {
            "llama3" => rope with
            {
                LowFreqFactor = scaling.Number("low_freq_factor", 1e-6, 1e6, 1),
                HighFreqFactor = scaling.Number("high_freq_factor", 1e-6, 1e6, 4),
            },
            "yarn" => rope with
            {
                BetaFast = scaling.Number("beta_fast", 1e-6, 1e6, 32),
                BetaSlow = scaling.Number("beta_slow", 1e-6, 1e6, 1),
                Truncate = scaling.Bool("truncate", true),
                AttentionScaling = YarnAttentionScaling(scaling, rope.Factor),
            },
            _ => rope,
        };
    }

    /// <summary>How far <paramref name="positions"/> trained positions reach with this variant.</summary>
    internal double Stretch(int positions) => Type switch
    {
        "linear" => positions * Factor,
        "yarn" => Math.Max(positions, OriginalMaxPositions!.Value * Factor),
        _ => positions,
    };

    /// <summary>Angle per position of each pair of dimensions: [headDim / 2].</summary>
    public float[] InverseFrequencies(int headDim)
    {
        var result = new float[headDim / 2];
        for (var i = 0; i < result.Length; i++)
        {
            var plain = Math.Pow(Theta, -2.0 * i / headDim);
            result[i] = (float)(Type switch
            {
                "linear" => plain / Factor,
                "llama3" => Llama3(plain),
                "yarn" => Yarn(plain, i, headDim),
                _ => plain,
            });
        }
        return result;
    }

    /// <summary>Llama 3.1: long waves are stretched, short ones kept, those between blended.</summary>
    double Llama3(double frequency)
    {
        var turns = OriginalMaxPositions!.Value * frequency / (2 * Math.PI);
        if (turns > HighFreqFactor) return frequency;
        if (turns < LowFreqFactor) return frequency / Factor;
        var smooth = (turns - LowFreqFactor) / (HighFreqFactor - LowFreqFactor);
        return (1 - smooth) * frequency / Factor + smooth * frequency;
    }

    /// <summary>YaRN (Peng et al. 2023, arXiv:2309.00071), section 3.2: a ramp over the dimensions between the two betas.</summary>
    double Yarn(double frequency, int pair, int headDim)
    {
        var low = CorrectionDim(BetaFast, headDim);
        var high = CorrectionDim(BetaSlow, headDim);
        if (Truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, headDim - 1));
        if (low == high) high += 0.001;
        var ramp = Math.Clamp((pair - low) / (high - low), 0, 1);
        return frequency / Factor * ramp + frequency * (1 - ramp);
    }

    /// <summary>The dimension whose wave turns <paramref name="turns"/> times over the original context.</summary>
    double CorrectionDim(double turns, int headDim) =>
        headDim * Math.Log(OriginalMaxPositions!.Value / (turns * 2 * Math.PI)) / (2 * Math.Log(Theta));

    static double YarnAttentionScaling(JsonFile scaling, double factor)
    {
        double Mscale(double m) => factor <= 1 ? 1 : 0.1 * m * Math.Log(factor) + 1;
        if (scaling.NumberOrNull("attention_factor", 0, 1e6) is { } given) return given;
        var mscale = scaling.NumberOrNull("mscale", 0, 1e6);
        var all = scaling.NumberOrNull("mscale_all_dim", 0, 1e6);
        return mscale is > 0 && all is > 0 ? Mscale(mscale.Value) / Mscale(all.Value) : Mscale(1);
    }
}
