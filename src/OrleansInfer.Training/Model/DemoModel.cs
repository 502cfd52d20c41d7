using System.Text.Json.Nodes;
using OrleansInfer.Models;

namespace OrleansInfer.Training;

/// <summary>The shape of the demo model, and its config.json.</summary>
internal static class DemoModel
{
    public static ModelConfig Config { get; } = new()
    {
        Architecture = "LlamaForCausalLM",
        VocabSize = 2048,
        HiddenSize = 192,
        IntermediateSize = 512,
        NumHiddenLayers = 6,
        NumAttentionHeads = 6,
        NumKeyValueHeads = 2,
        HeadDim = 32,
        MaxModelLen = 2048,
        RmsNormEps = 1e-5f,
        TieWordEmbeddings = true,
        Rope = new() { Type = "default", Theta = 10000 },
    };

    /// <summary>config.json of a model of this family, whatever its size.</summary>
    public static JsonObject ToJson(ModelConfig config, int eosTokenId, int padTokenId) => new()
    {
        ["architectures"] = new JsonArray(config.Architecture),
        ["model_type"] = "llama",
        ["vocab_size"] = config.VocabSize,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.NumHiddenLayers,
        ["num_attention_heads"] = config.NumAttentionHeads,
        ["num_key_value_heads"] = config.NumKeyValueHeads,
        ["head_dim"] = config.HeadDim,
        ["max_position_embeddings"] = config.MaxModelLen,
        // Through decimal, or 1e-5 would be written with the digits that a float has too many.
        ["rms_norm_eps"] = (double)(decimal)config.RmsNormEps,
        ["rope_theta"] = config.Rope.Theta,
        ["rope_scaling"] = null,
        ["hidden_act"] = "silu",
        ["attention_bias"] = false,
        ["mlp_bias"] = false,
        ["tie_word_embeddings"] = config.TieWordEmbeddings,
        ["initializer_range"] = 0.02,
        ["torch_dtype"] = "bfloat16",
        ["use_cache"] = true,
        ["eos_token_id"] = eosTokenId,
        ["pad_token_id"] = padTokenId,
    };
}
