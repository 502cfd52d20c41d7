using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>Writes an ordinary Hugging Face folder in bfloat16.</summary>
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
