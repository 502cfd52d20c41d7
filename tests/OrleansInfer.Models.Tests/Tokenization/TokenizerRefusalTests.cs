using System.Text;
using System.Text.Json.Nodes;

namespace OrleansInfer.Models.Tests;

/// <summary>A file that is wrong gives one line that names the file and the fault.</summary>
public class TokenizerRefusalTests
{
    static string Fault(string json, string? config = null)
    {
        var fault = Assert.Throws<ModelLoadException>(() => TinyTokenizer.Load(json, config));
        Assert.Contains("tokenizer", fault.Message);
        Assert.DoesNotContain('\n', fault.Message);
        return fault.Message;
    }

    static string Fault(TinyTokenizer tiny) => Fault(tiny.ToJson().ToJsonString());

    [Fact]
    public void A_folder_without_a_tokenizer()
    {
        using var folder = new TemporaryFolder();
        var fault = Assert.Throws<ModelLoadException>(() => Tokenizer.Load(folder.Path));
        Assert.Contains(folder.Path, fault.Message);
        Assert.Throws<ModelLoadException>(() => Tokenizer.Load(Path.Combine(folder.Path, "absent")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"model":[]}""")]
    [InlineData("""{"model":{"type":"BPE"}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":[],"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0.5},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":2147483647},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":99999999999},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"\ud800":0},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a"]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a a a"]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a a"]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a",1]]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"fuse_unk":"yes"}}""")]
    public void Malformed_models(string json) => Fault(json);

    [Theory]
    [InlineData("model", """{"type":"Unigram","vocab":[]}""", "Unigram")]
    [InlineData("model", """{"type":"WordPiece","vocab":{}}""", "WordPiece")]
    [InlineData("normalizer", """{"type":"Precompiled"}""", "Precompiled")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"Nonsense"}]}""", "Nonsense")]
    [InlineData("normalizer", """{"type":7}""", "type")]
    [InlineData("normalizer", """{}""", "type")]
    [InlineData("pre_tokenizer", """{"type":"UnicodeScripts"}""", "UnicodeScripts")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":{}}""", "pretokenizers")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}""", "pattern")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a"},"behavior":"Sideways"}""", "Sideways")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":"a","behavior":"Isolated"}""", "String")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"ab"}""", "replacement")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"a","prepend_scheme":"last"}""", "last")]
    [InlineData("post_processor", """{"type":"Nonsense"}""", "Nonsense")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[],"special_tokens":{}}""", "single")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}}],"special_tokens":{}}""", "x")]
    [InlineData("post_processor", """{"type":"RobertaProcessing","cls":["a"],"sep":["b",1]}""", "cls")]
    [InlineData("decoder", """{"type":"WordPiece"}""", "WordPiece")]
    [InlineData("decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"ByteFallback"}]}""", "ByteFallback")]
    [InlineData("decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":0,"stop":1}]}""",
        "Strip")]
    [InlineData("post_processor", """{"type":"RobertaProcessing","cls":["a",999999],"sep":["b",1]}""", "999999")]
    [InlineData("post_processor", """{"type":"RobertaProcessing","cls":["a",1],"sep":["b",-1]}""", "-1")]
    [InlineData("added_tokens", """{}""", "added_tokens")]
    [InlineData("added_tokens", """[{"content":"<x>"}]""", "id")]
    public void Components_that_are_not_known_or_not_right_are_named(string field, string json, string named) =>
        Assert.Contains(named, Fault(TinyTokenizer.ByteLevel().With(field, json)));

    [Theory]
    [InlineData("""[{"id":300,"content":"<x>"}]""", "300")]
    [InlineData("""[{"id":97,"content":"<x>"}]""", "97")]
    [InlineData("""[{"id":256,"content":"a"}]""", "256")]
    [InlineData("""[{"id":256,"content":"<x>"},{"id":256,"content":"<y>"}]""", "<y>")]
    [InlineData("""[{"id":256,"content":"<x>"},{"id":257,"content":"<x>"}]""", "twice")]
    public void Added_tokens_whose_ids_the_reference_would_change(string added, string named) =>
        Assert.Contains(named, Fault(TinyTokenizer.ByteLevel().With("added_tokens", added)));

    [Theory]
    [InlineData("""{"bos_token":5}""")]
    [InlineData("""{"bos_token":{}}""")]
    [InlineData("""{"add_bos_token":"true"}""")]
    [InlineData("""{"added_tokens_decoder":{"x":{"content":"y"}}}""")]
    [InlineData("""{"added_tokens_decoder":[]}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public void Malformed_configurations(string config) =>
        Assert.Contains("tokenizer_config.json", Fault(TinyTokenizer.ByteLevel().ToJson().ToJsonString(), config));

    [Fact]
    public void Deep_nesting()
    {
        var deep = new StringBuilder();
        for (var i = 0; i < 10_000; i++)
            deep.Append("""{"type":"Sequence","normalizers":[""");
        Fault($$"""{"model":{"type":"BPE","vocab":{},"merges":[]},"normalizer":{{deep}}""");
    }

    [Fact]
    public void A_file_cut_anywhere()
    {
        var json = TinyTokenizer.ByteLevel("a b").Added("<s>").ToJson().ToJsonString();
        for (var length = 0; length < json.Length; length += 37)
            Fault(json[..length]);
    }

    [Fact]
    public void Any_field_of_another_kind_is_refused_or_read_but_never_crashes()
    {
        var random = new Random(9);
        var whole = TinyTokenizer.Pieces("\u2581ab", "a b").Added("<s>")
            .With("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"\\s+"},"behavior":"Isolated","invert":false}""")
            .With("post_processor", """{"type":"BertProcessing","cls":["a",1],"sep":["b",2]}""").ToJson();
        string[] values = ["null", "1", "-1", "1e99", "true", "\"\"", "\"x\"", "[]", "{}", "[1]", """{"type":"Split"}""", "\"HALF\""];
        for (var round = 0; round < 1500; round++)
        {
            var damaged = whole.DeepClone();
            var node = damaged;
            while (node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 } && (node == damaged || random.Next(4) > 0))
                node = Child(node!, random);
            node!.ReplaceWith(JsonNode.Parse(values[random.Next(values.Length)]));
            try
            {
                TinyTokenizer.Load(damaged.ToJsonString().Replace("HALF", @"\ud800")).Encode("ab \u4E00<s>", true, true);
            }
            catch (ModelLoadException fault)
            {
                Assert.DoesNotContain('\n', fault.Message);
            }
        }
    }

    static JsonNode? Child(JsonNode node, Random random) => node switch
    {
        JsonObject map => map.ElementAt(random.Next(map.Count)).Value,
        JsonArray list => list[random.Next(list.Count)],
        _ => null,
    };
}
