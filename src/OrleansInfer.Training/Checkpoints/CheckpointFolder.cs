using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansInfer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>An ordinary Hugging Face folder, written in bfloat16 and read back in fp32.</summary>
internal static class CheckpointFolder
{
    public static void Write(string folder, ReferenceModel model, BpeVocabulary vocabulary)
    {
        TokenizerFiles.Write(folder, vocabulary, model.Config.MaxModelLen);
        TokenizerFiles.WriteJson(Path.Combine(folder, "config.json"), DemoModel.ToJson(
            model.Config, vocabulary.IdOf(ChatFormat.TurnEnd), vocabulary.IdOf(ChatFormat.EndOfText)));
        TokenizerFiles.WriteJson(Path.Combine(folder, "generation_config.json"), Generation(vocabulary));
        using var scope = NewDisposeScope();
        var half = model.Weights.ToDictionary(w => w.Key, w => w.Value.detach().to(ScalarType.BFloat16));
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), half, metadata);
    }

    /// <summary>All tensors of model.safetensors, or of the shards that model.safetensors.index.json names.</summary>
    public static IReadOnlyDictionary<string, Tensor> ReadWeights(string folder)
    {
        var shards = Shards(folder).Select(shard => Path.Combine(folder, shard));
        return shards.SelectMany(ReadShard).ToDictionary();
    }

    static Dictionary<string, Tensor> ReadShard(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return TensorReader.ReadAll(file);
    }

    static IEnumerable<string> Shards(string folder)
    {
        var index = Path.Combine(folder, "model.safetensors.index.json");
        if (!File.Exists(index))
            return ["model.safetensors"];
        using var document = JsonDocument.Parse(File.ReadAllBytes(index));
        var map = document.RootElement.GetProperty("weight_map");
        return [.. map.EnumerateObject().Select(e => Path.GetFileName(e.Value.GetString()!)).Distinct()];
    }

    static JsonObject Generation(BpeVocabulary vocabulary) => new()
    {
        ["eos_token_id"] = new JsonArray(vocabulary.IdOf(ChatFormat.TurnEnd), vocabulary.IdOf(ChatFormat.EndOfText)),
        ["pad_token_id"] = vocabulary.IdOf(ChatFormat.EndOfText),
        ["do_sample"] = true,
        ["temperature"] = 0.7,
        ["top_p"] = 0.9,
        ["max_new_tokens"] = 256,
    };
}
