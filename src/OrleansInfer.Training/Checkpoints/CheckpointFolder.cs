using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>An ordinary Hugging Face folder, written in bfloat16 and read back in fp32.</summary>
internal static class CheckpointFolder
{
    public static void Write(string folder, ReferenceModel model, BpeVocabulary vocabulary)
    {
        TokenizerFiles.Write(folder, vocabulary, model.Config.MaxPositions);
        TokenizerFiles.WriteJson(Path.Combine(folder, "config.json"), Config(model.Config, vocabulary));
        TokenizerFiles.WriteJson(Path.Combine(folder, "generation_config.json"), Generation(vocabulary));
        using var scope = NewDisposeScope();
        var half = model.Weights.ToDictionary(w => w.Key, w => w.Value.detach().to(ScalarType.BFloat16));
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), half, metadata);
    }

    /// <summary>All tensors of model.safetensors, or of the shards that model.safetensors.index.json names.</summary>
    public static IReadOnlyDictionary<string, Tensor> ReadWeights(string folder)
    {
        var whole = Path.Combine(folder, "model.safetensors");
        var index = Path.Combine(folder, "model.safetensors.index.json");
        if (File.Exists(whole))
            return SafetensorsReader.Read(whole).Tensors;
        if (!File.Exists(index))
            throw new InvalidDataException($"{folder}: neither model.safetensors nor model.safetensors.index.json is there.");
        using var document = JsonDocument.Parse(File.ReadAllBytes(index));
        var shards = document.RootElement.GetProperty("weight_map").EnumerateObject().Select(e => e.Value.GetString()!).Distinct();
        return shards.SelectMany(shard => SafetensorsReader.Read(Path.Combine(folder, Path.GetFileName(shard))).Tensors).ToDictionary();
    }

    static JsonObject Config(ReferenceConfig config, BpeVocabulary vocabulary)
    {
        var json = config.ToJson();
        json["eos_token_id"] = vocabulary.IdOf(ChatFormat.TurnEnd);
        json["pad_token_id"] = vocabulary.IdOf(ChatFormat.EndOfText);
        return json;
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
