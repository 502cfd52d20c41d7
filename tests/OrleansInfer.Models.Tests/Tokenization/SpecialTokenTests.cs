namespace OrleansInfer.Models.Tests;

public class SpecialTokenTests
{
    const string Template = """
        {"type":"TemplateProcessing",
        "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
        "pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[256],"tokens":["<s>"]},"</s>":{"id":"</s>","ids":[257],"tokens":["</s>"]}}}
        """;

    static TinyTokenizer Tiny() => TinyTokenizer.ByteLevel().Added("<s>").Added("</s>");

    [Theory]
    [InlineData(Template)]
    [InlineData("""{"type":"RobertaProcessing","cls":["<s>",256],"sep":["</s>",257],"trim_offsets":true,"add_prefix_space":false}""")]
    [InlineData("""{"type":"BertProcessing","cls":["<s>",256],"sep":["</s>",257]}""")]
    [InlineData("""{"type":"Sequence","processors":[{"type":"ByteLevel","trim_offsets":false},""" + Template + "]}")]
    public void A_post_processor_puts_special_tokens_around_a_text(string processor)
    {
        var tokenizer = Tiny().With("post_processor", processor).Load();
        Assert.Equal([256, 'a', 257], tokenizer.Encode("a", addSpecialTokens: true));
        Assert.Equal([256, 257], tokenizer.Encode("", addSpecialTokens: true));
        Assert.Equal(['a'], tokenizer.Encode("a"));
    }

    [Fact]
    public void Later_processors_stand_around_earlier_ones()
    {
        const string inner = """{"type":"BertProcessing","cls":["a",97],"sep":["b",98]}""";
        const string outer = """{"type":"BertProcessing","cls":["c",99],"sep":["d",100]}""";
        var tokenizer = Tiny().With("post_processor", $$"""{"type":"Sequence","processors":[{{inner}},{{outer}}]}""").Load();
        Assert.Equal("ca-bd".Select(letter => (int)letter), tokenizer.Encode("-", addSpecialTokens: true));
    }

    [Theory]
    [InlineData(null, """{"bos_token":"<s>","eos_token":"</s>"}""", new int[] { 'a' })]
    [InlineData(null, """{"bos_token":"<s>","eos_token":"</s>","add_bos_token":true}""", new[] { 256, 'a' })]
    [InlineData(null, """{"bos_token":"<s>","eos_token":"</s>","add_bos_token":true,"add_eos_token":true}""", new[] { 256, 'a', 257 })]
    [InlineData(Template, """{"bos_token":"<s>","eos_token":"</s>","add_bos_token":true}""", new[] { 256, 'a', 257 })]
    [InlineData(Template, """{"bos_token":"<s>","eos_token":"</s>","add_bos_token":false,"add_eos_token":false}""", new int[] { 'a' })]
    [InlineData(Template, """{"bos_token":null,"add_bos_token":false}""", new[] { 256, 'a', 257 })]
    public void The_configuration_overrules_the_post_processor(string? processor, string config, int[] expected)
    {
        var tiny = Tiny().Config(config);
        if (processor is not null)
            tiny.With("post_processor", processor);
        Assert.Equal(expected, tiny.Load().Encode("a", addSpecialTokens: true));
    }

    [Fact]
    public void The_configuration_names_tokens_by_string_or_object()
    {
        var tokenizer = Tiny().Config("""
            {"bos_token":{"content":"<s>","special":true},"eos_token":"</s>","unk_token":null,"pad_token":"<none>","chat_template":"x"}
            """).Load();
        Assert.Equal(("<s>", 256), (tokenizer.BosToken, tokenizer.BosTokenId));
        Assert.Equal(("</s>", 257), (tokenizer.EosToken, tokenizer.EosTokenId));
        Assert.Null(tokenizer.UnkToken);
        Assert.Equal("<none>", tokenizer.PadToken);
        Assert.Null(tokenizer.TokenToId("<none>"));
        Assert.True(tokenizer.IsSpecial(256));
        Assert.False(tokenizer.IsSpecial('a'));
        Assert.Equal(258, tokenizer.VocabSize);
    }

    [Fact]
    public void Special_tokens_map_speaks_where_the_configuration_is_silent()
    {
        using var folder = new TemporaryFolder()
            .With("tokenizer.json", Tiny().ToJson().ToJsonString())
            .With("tokenizer_config.json", """{"eos_token":"</s>"}""")
            .With("special_tokens_map.json", """{"eos_token":"<x>","bos_token":{"content":"<s>"}}""");
        var tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal((256, 257), (tokenizer.BosTokenId, tokenizer.EosTokenId));
    }

    [Fact]
    public void The_configuration_adds_tokens_that_the_tokenizer_lacks()
    {
        var tokenizer = Tiny().Config("""
            {"added_tokens_decoder":{"256":{"content":"<s>","special":true},"258":{"content":"<tool>","special":true,"normalized":false}}}
            """).Load();
        Assert.Equal([258, 256], tokenizer.Encode("<tool><s>", parseSpecialTokens: true));
    }

    [Fact]
    public void Tokens_that_end_a_text_are_special_though_not_listed()
    {
        var tokenizer = TinyTokenizer.ByteLevel("< e", "<e >").Config("""{"eos_token":"<e>"}""").Load();
        Assert.True(tokenizer.IsSpecial(257));
        Assert.Equal([257], tokenizer.Encode("<e>", parseSpecialTokens: true));
        Assert.DoesNotContain(257, tokenizer.Encode("<e>"));
    }

    [Theory]
    [InlineData("qwen2.5", null, "<|im_end|>")]
    [InlineData("qwen3", null, "<|im_end|>")]
    [InlineData("phi-4-mini", "<|endoftext|>", "<|endoftext|>")]
    public void Real_configurations_are_read(string name, string? bos, string eos)
    {
        using var document = System.Text.Json.JsonDocument.Parse(TokenizerData.ReadConfig($"{name}.tokenizer_config.json"));
        using var empty = System.Text.Json.JsonDocument.Parse("{}");
        var config = TokenizerConfig.Read(document.RootElement, empty.RootElement);
        Assert.Equal((bos, eos), (config.BosToken, config.EosToken));
        Assert.NotEmpty(config.AddedTokens);
    }
}
