using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Reads the "model" of tokenizer.json: vocabulary, merges and options of BPE. Other types are refused by name.</summary>
internal static class BpeModelReader
{
    public static BpeVocabulary ReadVocabulary(JsonElement model)
    {
        var type = model.StringField("type") ?? (model.Field("merges") is null ? "without a type" : "BPE");
        if (type != "BPE")
            throw new InvalidDataException($"model type \"{type}\" is not supported, only BPE");
        if (model.Field("dropout") is { } dropout && !(dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() == 0))
            throw new InvalidDataException("the model has a dropout: its tokens would be random");
        return new BpeVocabulary(model.Properties("vocab").Select(entry =>
            KeyValuePair.Create(entry.Name, entry.Value.AsInt(entry.Name))));
    }

    public static BpeModel Read(JsonElement model, BpeVocabulary vocabulary, IReadOnlySet<int> forbidden)
    {
        var options = new BpeOptions(
            UnkId: vocabulary.IdOf(model.StringField("unk_token")),
            FuseUnk: model.FlagField("fuse_unk") ?? false,
            ByteFallback: model.FlagField("byte_fallback") ?? false,
            IgnoreMerges: model.FlagField("ignore_merges") ?? false,
            ContinuingPrefix: model.StringField("continuing_subword_prefix") ?? "",
            EndOfWordSuffix: model.StringField("end_of_word_suffix") ?? "");
        return new BpeModel(vocabulary, model.Items("merges").Select(ReadMerge).ToList(), options, forbidden);
    }

    /// <summary>A merge is "left right", or ["left", "right"] in newer files, where a part may contain a blank.</summary>
    static MergePair ReadMerge(JsonElement merge)
    {
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
        {
            var left = merge[0].AsString("merges");
            return new MergePair(left + merge[1].AsString("merges"), left.Length);
        }
        var text = merge.AsString("merges");
        var blank = text.IndexOf(' ');
        if (blank < 0 || text.IndexOf(' ', blank + 1) >= 0)
            throw new InvalidDataException($"the merge \"{text}\" is not two tokens");
        return new MergePair(text.Remove(blank, 1), blank);
    }
}
