using System.Text.Json.Nodes;
using OrleansInfer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Models.Tests;

/// <summary>A small checkpoint folder with random weights, deleted with the object.</summary>
public sealed class RandomCheckpoint : IDisposable
{
    public const int Vocabulary = 131;

    const int Hidden = 96, Heads = 6, KvHeads = 2, HeadDim = 32, Intermediate = 144, Layers = 3;

    public RandomCheckpoint(string architecture, bool tied = false, string? rope = null, ScalarType type = ScalarType.Float32)
    {
        Folder = Directory.CreateTempSubdirectory().FullName;
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(architecture),
            ["hidden_size"] = Hidden, ["num_hidden_layers"] = Layers, ["num_attention_heads"] = Heads, ["num_key_value_heads"] = KvHeads,
            ["head_dim"] = HeadDim, ["intermediate_size"] = Intermediate, ["vocab_size"] = Vocabulary, ["max_position_embeddings"] = 512,
            ["rms_norm_eps"] = 1e-6, ["tie_word_embeddings"] = tied, ["attention_bias"] = architecture == "LlamaForCausalLM",
            ["rope_scaling"] = rope is null ? null : JsonNode.Parse(rope),
        };
        File.WriteAllText(Path.Combine(Folder, "config.json"), config.ToJsonString());
        using var scope = NewDisposeScope();
        manual_seed(1);
        var tensors = Shapes(architecture, tied).ToDictionary(s => s.Name, s => Random(s.Name, s.Shape).to(type));
        SafetensorsWriter.Write(Path.Combine(Folder, "model.safetensors"), tensors);
    }

    public string Folder { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    static Tensor Random(string name, long[] shape) => name.EndsWith("norm.weight", StringComparison.Ordinal)
        ? 1 + 0.1 * randn(shape)
        : randn(shape) * (name.EndsWith("bias", StringComparison.Ordinal) ? 0.1 : 1.2 / Math.Sqrt(shape[^1]));

    static IEnumerable<(string Name, long[] Shape)> Shapes(string architecture, bool tied)
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
        yield return ("model.norm.weight", [Hidden]);
        if (!tied) yield return ("lm_head.weight", [Vocabulary, Hidden]);
        for (var i = 0; i < Layers; i++)
        {
            var layer = $"model.layers.{i}.";
            yield return (layer + "input_layernorm.weight", [Hidden]);
            yield return (layer + "post_attention_layernorm.weight", [Hidden]);
            foreach (var (name, rows) in ((string, long)[])[("q", Heads * HeadDim), ("k", KvHeads * HeadDim), ("v", KvHeads * HeadDim)])
            {
                yield return ($"{layer}self_attn.{name}_proj.weight", [rows, Hidden]);
                if (architecture is "LlamaForCausalLM" or "Qwen2ForCausalLM") yield return ($"{layer}self_attn.{name}_proj.bias", [rows]);
            }
            yield return (layer + "self_attn.o_proj.weight", [Hidden, Heads * HeadDim]);
            if (architecture == "LlamaForCausalLM") yield return (layer + "self_attn.o_proj.bias", [Hidden]);
            if (architecture == "Qwen3ForCausalLM")
            {
                yield return (layer + "self_attn.q_norm.weight", [HeadDim]);
                yield return (layer + "self_attn.k_norm.weight", [HeadDim]);
            }
            yield return (layer + "mlp.gate_proj.weight", [Intermediate, Hidden]);
            yield return (layer + "mlp.up_proj.weight", [Intermediate, Hidden]);
            yield return (layer + "mlp.down_proj.weight", [Hidden, Intermediate]);
        }
    }
}
