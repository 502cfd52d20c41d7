using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansInfer.Training;

/// <summary>Writes tokenizer.json and tokenizer_config.json as the Hugging Face libraries read them.</summary>
internal static class TokenizerFiles
{
    static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(string folder, BpeVocabulary vocabulary, int maxLength)
    {
        WriteJson(Path.Combine(folder, "tokenizer.json"), Tokenizer(vocabulary));
        WriteJson(Path.Combine(folder, "tokenizer_config.json"), Config(vocabulary, maxLength));
    }

    public static void WriteJson(string path, JsonNode json) => AtomicFile.WriteText(path, json.ToJsonString(Indented) + "\n");

    static JsonObject Tokenizer(BpeVocabulary vocabulary) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray([.. vocabulary.AddedTokens.Select(t => Added(t, vocabulary.IdOf(t.Content)))]),
        ["normalizer"] = null,
        ["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "Split",
                    ["pattern"] = new JsonObject { ["Regex"] = PreTokenizer.Pattern },
                    ["behavior"] = "Isolated",
                    ["invert"] = false,
                },
                ByteLevel()),
        },
        ["post_processor"] = null,
        ["decoder"] = ByteLevel(),
        ["model"] = Model(vocabulary),
    };

    static JsonObject Model(BpeVocabulary vocabulary) => new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = null,
        ["continuing_subword_prefix"] = "",
        ["end_of_word_suffix"] = "",
        ["fuse_unk"] = false,
        ["byte_fallback"] = false,
        ["ignore_merges"] = false,
        ["vocab"] = new JsonObject(vocabulary.Tokens.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id))),
        ["merges"] = new JsonArray([.. vocabulary.Merges.Select(m => (JsonNode)$"{m.Left} {m.Right}")]),
    };

    static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = false,
        ["use_regex"] = false,
    };

    static JsonObject Added(AddedToken token, int? id)
    {
        var json = new JsonObject();
        if (id is { } value)
            json["id"] = value;
        json["content"] = token.Content;
        json["single_word"] = false;
        json["lstrip"] = false;
        json["rstrip"] = false;
        json["normalized"] = false;
        json["special"] = token.Special;
        return json;
    }

    static JsonObject Config(BpeVocabulary vocabulary, int maxLength) => new()
    {
        ["tokenizer_class"] = "PreTrainedTokenizerFast",
        ["add_bos_token"] = false,
        ["add_prefix_space"] = false,
        ["added_tokens_decoder"] = new JsonObject(vocabulary.AddedTokens.Select(
            t => KeyValuePair.Create($"{vocabulary.IdOf(t.Content)}", (JsonNode?)Added(t, id: null)))),
        ["bos_token"] = null,
        ["eos_token"] = ChatFormat.TurnEnd,
        ["pad_token"] = ChatFormat.EndOfText,
        ["unk_token"] = null,
        ["clean_up_tokenization_spaces"] = false,
        ["model_max_length"] = maxLength,
        ["chat_template"] = ChatFormat.Template,
    };
}
