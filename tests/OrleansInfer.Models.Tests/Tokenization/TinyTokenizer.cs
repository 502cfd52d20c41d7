using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansInfer.Models.Tests;

/// <summary>A tokenizer.json small enough to be written in a test.</summary>
internal sealed class TinyTokenizer
{
    readonly Dictionary<string, int> _vocabulary = [];
    readonly List<string> _merges = [];
    readonly JsonArray _added = [];
    readonly JsonObject _model = new() { ["type"] = "BPE" };
    readonly JsonObject _root = [];
    string? _config;

    /// <summary>Byte-level: id n is the byte n, then come the merges in their order.</summary>
    public static TinyTokenizer ByteLevel(params string[] merges)
    {
        var tiny = new TinyTokenizer();
        for (var value = 0; value < 256; value++)
            tiny._vocabulary[ByteAlphabet.ToChar((byte)value).ToString()] = value;
        tiny.Merge(merges);
        return tiny
            .With("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""")
            .With("decoder", """{"type":"ByteLevel"}""");
    }

    /// <summary>SentencePiece-style: the unknown token, the 256 byte tokens, then the pieces and the merges.</summary>
    public static TinyTokenizer Pieces(string pieces, params string[] merges)
    {
        var tiny = new TinyTokenizer();
        tiny.Token("<unk>");
        for (var value = 0; value < 256; value++)
            tiny.Token($"<0x{value:X2}>");
        foreach (var piece in pieces.EnumerateRunes())
            tiny.Token(piece.ToString());
        tiny.Merge(merges);
        return tiny
            .Model("unk_token", "\"<unk>\"").Model("byte_fallback", "true").Model("fuse_unk", "true")
            .With("normalizer", """
                {"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},
                {"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]}
                """)
            .With("decoder", """
                {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},
                {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}
                """);
    }

    public TinyTokenizer Token(string token)
    {
        _vocabulary.Add(token, _vocabulary.Count);
        return this;
    }

    TinyTokenizer Merge(string[] merges)
    {
        foreach (var merge in merges)
        {
            _merges.Add(merge);
            _vocabulary.TryAdd(merge.Replace(" ", ""), _vocabulary.Count);
        }
        return this;
    }

    /// <summary>An added token with the next id, or the vocabulary's.</summary>
    public TinyTokenizer Added(string content, bool special = true, string flags = "{}")
    {
        var token = JsonNode.Parse(flags)!.AsObject();
        token["id"] = _vocabulary.TryGetValue(content, out var id) ? id : _vocabulary.Count + CountBeyondVocabulary();
        (token["content"], token["special"]) = (content, special);
        token["normalized"] ??= false;
        _added.Add(token);
        return this;
    }

    int CountBeyondVocabulary() => _added.Count(token => !_vocabulary.ContainsKey((string)token!["content"]!));

    public TinyTokenizer With(string field, string json)
    {
        _root[field] = JsonNode.Parse(json);
        return this;
    }

    public TinyTokenizer Model(string field, string json)
    {
        _model[field] = JsonNode.Parse(json);
        return this;
    }

    public TinyTokenizer Config(string json)
    {
        _config = json;
        return this;
    }

    public int Id(string token) => _vocabulary[token];

    public JsonObject ToJson()
    {
        var root = _root.DeepClone().AsObject();
        var model = _model.DeepClone().AsObject();
        model["vocab"] ??= JsonSerializer.SerializeToNode(_vocabulary);
        model["merges"] ??= JsonSerializer.SerializeToNode(_merges);
        root["added_tokens"] ??= _added.DeepClone();
        root["model"] ??= model;
        return root;
    }

    public Tokenizer Load() => Load(ToJson().ToJsonString(), _config);

    public static Tokenizer Load(string json, string? config = null)
    {
        using var folder = new TemporaryFolder().With("tokenizer.json", json);
        if (config is not null)
            folder.With("tokenizer_config.json", config);
        return Tokenizer.Load(folder.Path);
    }
}
