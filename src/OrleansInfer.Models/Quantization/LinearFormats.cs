using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>How each linear of a network is held: as its checkpoint has it in integers, else as was asked for.</summary>
internal sealed class LinearFormats
{
    readonly Checkpoint _weights;
    readonly ModelConfig _config;
    readonly ModelQuantization _asked;
    readonly Dictionary<string, LinearQuantization?> _formats = new(StringComparer.Ordinal);

    /// <exception cref="ModelLoadException">What was asked for does not fit the checkpoint.</exception>
    public LinearFormats(Checkpoint weights, ModelConfig config, ModelQuantization asked)
    {
        (_weights, _config, _asked) = (weights, config, asked);
        if (config.Stored is { } stored && asked.HasFormat)
            throw new ModelLoadException($"--quantization {asked} is for unquantized checkpoints, and this one is quantized already, "
                + $"as {stored}; leave it out.");
        var linears = NetworkLinears.All(config).ToList();
        if (asked.PatternWithoutMatch([.. linears.SelectMany(parts => parts)]) is { } pattern)
            throw new ModelLoadException($"--keep: no linear of the model is called '{pattern}'; they are called "
                + "layers.0.self_attn.q_proj (and k_proj, v_proj, o_proj), layers.0.mlp.gate_proj (and up_proj, down_proj) and lm_head.");
        foreach (var parts in linears) Decide(parts);
    }

    /// <summary>Null: in the compute type.</summary>
    public LinearQuantization? Of(LinearPart part) => _formats[part.Name];

    void Decide(LinearPart[] parts)
    {
        foreach (var part in parts) _formats[part.Name] = Decide(part);
        if (parts.Select(Of).Distinct().Count() == 1) return;
        throw new ModelLoadException(
            $"{string.Join(", ", parts.Select(Say))}: these are multiplied as one matrix and need one format"
            + (_config.Stored is null ? "; name them together in --keep." : ", so this checkpoint cannot be used; take the original."));

        string Say(LinearPart part) =>
            $"{part.ShortName} is {(Of(part) is { } format ? QuantizationFormat.NameOf(format) : "not quantized")}";
    }

    LinearQuantization? Decide(LinearPart part)
    {
        var kept = _asked.Exception(part);
        if (_config.Stored?.FormatOf(_weights, part) is { } stored)
        {
            return kept is null ? stored : throw new ModelLoadException(
                $"--keep: {part.ShortName} is quantized in the checkpoint already, as {QuantizationFormat.NameOf(stored)}; leave it out.");
        }
        if (kept is not null) return kept.Linear;
        return _config.Stored is not null && part.Name == "lm_head" ? _config.StoredHeadFormat.Linear : _asked.FormatOf(part).Linear;
    }
}
