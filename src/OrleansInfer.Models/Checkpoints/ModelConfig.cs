using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>config.json of a Hugging Face checkpoint: the shape of the network.</summary>
public sealed record ModelConfig
{
    const int MaxWidth = 1 << 20; // far above any real model; keeps products of two widths within 64 bits

    static readonly string[] Supported = ["LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM"];

    public required string Architecture { get; init; }
    public required int HiddenSize { get; init; }
    public required int NumHiddenLayers { get; init; }
    public required int NumAttentionHeads { get; init; }
    public required int NumKeyValueHeads { get; init; }
    public required int HeadDim { get; init; }
    public required int IntermediateSize { get; init; }
    public required int VocabSize { get; init; }

    /// <summary>Longest context in tokens: with the rotary variant's stretch, and within the sliding window where there is one.</summary>
    public required int MaxModelLen { get; init; }

    public required float RmsNormEps { get; init; }
    public required RopeConfig Rope { get; init; }

    /// <summary>Biases of the query, key and value projections.</summary>
    public bool QkvBias { get; init; }

    /// <summary>Bias of the attention's output projection.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Biases of the three projections of the MLP.</summary>
    public bool MlpBias { get; init; }

    /// <summary>RMSNorm on every query and key head before the rotation (Qwen3).</summary>
    public bool QkNorm { get; init; }

    /// <summary>The output head is the embedding table.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>End-of-sequence tokens, for checkpoints without generation_config.json.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>How the checkpoint holds its linears in integers; null: it does not.</summary>
    internal StoredQuantization? Stored { get; init; }

    /// <summary>
    /// How the output head of a quantized checkpoint is held here unless something else is asked for. Other programs read a quantized head
    /// wrongly or not at all, so <see cref="QuantizedCheckpointWriter"/> stores it in full precision and says here what it is to become.
    /// </summary>
    internal QuantizationFormat StoredHeadFormat { get; init; } = QuantizationFormat.None;

    /// <exception cref="ModelLoadException">The file is missing or malformed, or describes a network that is not supported.</exception>
    public static ModelConfig Load(string folder)
    {
        if (!Directory.Exists(folder)) throw new ModelLoadException($"{folder}: there is no such folder.");
        var json = JsonFile.Read(Path.Combine(folder, "config.json"));
        var architecture = FindArchitecture(json);
        RefuseUnsupported(json);

        var heads = json.Int("num_attention_heads", 1, MaxWidth);
        var hidden = json.Int("hidden_size", 1, MaxWidth);
        var bias = json.Bool("attention_bias", false);
        var rope = RopeConfig.Read(json);
        var config = new ModelConfig
        {
            Architecture = architecture,
            HiddenSize = hidden,
            NumHiddenLayers = json.Int("num_hidden_layers", 1, 10_000),
            NumAttentionHeads = heads,
            NumKeyValueHeads = json.Int("num_key_value_heads", 1, heads, heads),
            HeadDim = json.Int("head_dim", 1, 4096, hidden / heads),
            IntermediateSize = json.Int("intermediate_size", 1, MaxWidth),
            VocabSize = json.Int("vocab_size", 1, 1 << 24),
            MaxModelLen = LongestContext(json, rope, slides: architecture == "MistralForCausalLM"),
            RmsNormEps = (float)json.Number("rms_norm_eps", 0, 1, 1e-6),
            Rope = rope,
            QkvBias = bias || architecture == "Qwen2ForCausalLM",
            OutputBias = bias && architecture != "Qwen2ForCausalLM",
            MlpBias = json.Bool("mlp_bias", false),
            QkNorm = architecture == "Qwen3ForCausalLM",
            TieWordEmbeddings = json.Bool("tie_word_embeddings", false),
            EosTokenIds = json.Ints("eos_token_id"),
            Stored = ReadQuantization(json),
            StoredHeadFormat = ReadHeadFormat(json),
        };
        RefuseShape(json, config);
        return config;
    }

    static string FindArchitecture(JsonFile json)
    {
        var found = json.Members.TryGetProperty("architectures", out var list) && list.ValueKind == JsonValueKind.Array;
        var name = found && list.GetArrayLength() > 0 ? list[0].ToString() : throw json.Fault("\"architectures\" is missing or empty.");
        return Supported.Contains(name)
            ? name
            : throw json.Fault($"the architecture \"{name}\" is not supported; supported are {string.Join(", ", Supported)}.");
    }

    static void RefuseUnsupported(JsonFile json)
    {
        if (json.StringOrNull("hidden_act") is { } act && act != "silu")
            throw json.Fault($"\"hidden_act\" is \"{act}\"; only \"silu\" is supported.");
        if (json.Number("partial_rotary_factor", 0, 1, 1) != 1)
            throw json.Fault("\"partial_rotary_factor\" other than 1 is not supported.");
    }

    static StoredQuantization? ReadQuantization(JsonFile json)
    {
        try
        {
            return json.ObjectOrNull("quantization_config") is { } quantization ? StoredQuantization.Read(quantization) : null;
        }
        catch (InvalidOperationException) // half a surrogate pair, or bytes that are not UTF-8
        {
            throw json.Fault("\"quantization_config\" is not valid Unicode text.");
        }
    }

    static QuantizationFormat ReadHeadFormat(JsonFile json)
    {
        var name = json.ObjectOrNull(QuantizedConfig.OwnMember)?.StringOrNull(QuantizedConfig.HeadMember) ?? QuantizationFormat.None.Name;
        return QuantizationFormat.Find(name) ?? throw json.Fault($"\"{QuantizedConfig.OwnMember}\": there is no format \"{name}\".");
    }

    static int LongestContext(JsonFile json, RopeConfig rope, bool slides)
    {
        var positions = json.Int("max_position_embeddings", 1, 1 << 28);
        var longest = (int)Math.Min(rope.Stretch(positions), 1 << 28);
        // Within the window sliding attention is full attention, so the model is exact up to there.
        var windowed = json.Bool("use_sliding_window", slides) && json.Has("sliding_window");
        return windowed ? Math.Min(longest, json.Int("sliding_window", 1, int.MaxValue)) : longest;
    }

    static void RefuseShape(JsonFile json, ModelConfig c)
    {
        if (c.NumAttentionHeads % c.NumKeyValueHeads != 0)
        {
            throw json.Fault($"\"num_attention_heads\" ({c.NumAttentionHeads}) must be a multiple of "
                + $"\"num_key_value_heads\" ({c.NumKeyValueHeads}).");
        }
        if (c.HeadDim % 16 != 0) throw json.Fault($"a head dimension of {c.HeadDim} is not supported; it must be a multiple of 16.");
    }
}
