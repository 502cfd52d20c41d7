using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansInfer.Training;

/// <summary>What the reference model reads of a config.json: the shape of a Llama, Mistral, Qwen2 or Qwen3 model.</summary>
internal sealed record ReferenceConfig
{
    public string Architecture { get; init; } = "LlamaForCausalLM";
    public int VocabularySize { get; init; } = 2048;
    public int HiddenSize { get; init; } = 192;
    public int IntermediateSize { get; init; } = 512;
    public int Layers { get; init; } = 6;
    public int Heads { get; init; } = 6;
    public int KeyValueHeads { get; init; } = 2;
    public int HeadDim { get; init; } = 32;
    public int MaxPositions { get; init; } = 2048;
    public double NormEpsilon { get; init; } = 1e-5;
    public bool TiedEmbeddings { get; init; } = true;
    public RotaryConfig Rotary { get; init; } = new();

    /// <summary>Qwen2 has biases on q, k and v always; others only if config.json says so.</summary>
    public bool QkvBias { get; init; }

    /// <summary>Whether the output projection of attention has one too (Llama's <c>attention_bias</c>).</summary>
    public bool OutputBias { get; init; }

    /// <summary>Qwen3 norms each head's query and key before the rotary embedding.</summary>
    public bool QueryKeyNorms => Architecture == "Qwen3ForCausalLM";

    /// <exception cref="InvalidDataException">config.json is missing, broken or of another architecture.</exception>
    public static ReferenceConfig Load(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Parse(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    public JsonObject ToJson() => new()
    {
        ["architectures"] = new JsonArray(Architecture),
        ["model_type"] = "llama",
        ["vocab_size"] = VocabularySize,
        ["hidden_size"] = HiddenSize,
        ["intermediate_size"] = IntermediateSize,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = KeyValueHeads,
        ["head_dim"] = HeadDim,
        ["max_position_embeddings"] = MaxPositions,
        ["rms_norm_eps"] = NormEpsilon,
        ["rope_theta"] = Rotary.Theta,
        ["rope_scaling"] = null,
        ["hidden_act"] = "silu",
        ["attention_bias"] = false,
        ["mlp_bias"] = false,
        ["tie_word_embeddings"] = TiedEmbeddings,
        ["initializer_range"] = 0.02,
        ["torch_dtype"] = "bfloat16",
        ["use_cache"] = true,
    };

    static ReferenceConfig Parse(JsonElement root)
    {
        var architecture = root.GetProperty("architectures")[0].GetString() ?? "";
        if (architecture is not ("LlamaForCausalLM" or "MistralForCausalLM" or "Qwen2ForCausalLM" or "Qwen3ForCausalLM"))
            throw new JsonException($"architecture '{architecture}' is not one of Llama, Mistral, Qwen2, Qwen3.");
        var hidden = root.GetProperty("hidden_size").GetInt32();
        var heads = root.GetProperty("num_attention_heads").GetInt32();
        var positions = root.GetProperty("max_position_embeddings").GetInt32();
        var attentionBias = Optional(root, "attention_bias", v => v.GetBoolean(), false);
        return new()
        {
            Architecture = architecture,
            VocabularySize = root.GetProperty("vocab_size").GetInt32(),
            HiddenSize = hidden,
            IntermediateSize = root.GetProperty("intermediate_size").GetInt32(),
            Layers = root.GetProperty("num_hidden_layers").GetInt32(),
            Heads = heads,
            KeyValueHeads = Optional(root, "num_key_value_heads", v => v.GetInt32(), heads),
            HeadDim = Optional(root, "head_dim", v => v.GetInt32(), hidden / heads),
            MaxPositions = positions,
            NormEpsilon = root.GetProperty("rms_norm_eps").GetDouble(),
            TiedEmbeddings = Optional(root, "tie_word_embeddings", v => v.GetBoolean(), false),
            Rotary = RotaryConfig.Parse(root, positions),
            QkvBias = attentionBias || architecture == "Qwen2ForCausalLM",
            OutputBias = attentionBias,
        };
    }

    internal static T Optional<T>(JsonElement element, string name, Func<JsonElement, T> read, T otherwise) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? read(value) : otherwise;
}
