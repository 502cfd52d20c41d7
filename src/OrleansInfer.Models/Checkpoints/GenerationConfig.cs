namespace OrleansInfer.Models;

/// <summary>generation_config.json: where a generation ends, and how its authors advise to sample. Absent members are null.</summary>
public sealed record GenerationConfig
{
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];
    public float? Temperature { get; init; }
    public float? TopP { get; init; }
    public int? TopK { get; init; }
    public float? MinP { get; init; }
    public float? RepetitionPenalty { get; init; }

    /// <summary>End-of-sequence tokens fall back to <paramref name="config"/>'s where the file is absent or silent.</summary>
    /// <exception cref="ModelLoadException">The file is malformed.</exception>
    public static GenerationConfig Load(string folder, ModelConfig config)
    {
        var json = JsonFile.TryRead(Path.Combine(folder, "generation_config.json"));
        if (json is null) return new GenerationConfig { EosTokenIds = config.EosTokenIds };
        // A checkpoint that says "do_sample": false still lists temperatures that are then not meant.
        var sample = json.Bool("do_sample", true);
        var eos = json.Ints("eos_token_id");
        return new GenerationConfig
        {
            EosTokenIds = eos.Count > 0 ? eos : config.EosTokenIds,
            Temperature = sample ? (float?)json.NumberOrNull("temperature", 0, 100) : null,
            TopP = sample ? (float?)json.NumberOrNull("top_p", 0, 1) : null,
            TopK = sample && json.Has("top_k") ? json.Int("top_k", -1, int.MaxValue) : null,
            MinP = sample ? (float?)json.NumberOrNull("min_p", 0, 1) : null,
            RepetitionPenalty = (float?)json.NumberOrNull("repetition_penalty", 1e-6, 100),
        };
    }
}
