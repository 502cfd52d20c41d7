namespace OrleansInfer.Models.Tests;

public class SentencePieceTests
{
    const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;

    static byte[] Piece(string text, float score, int type) =>
        new ProtobufWriter().Text(1, text).Single(2, score).Number(3, (ulong)type).ToArray();

    /// <summary>Unknown, two control pieces, the bytes, the letters of "▁ab!", then words with falling scores.</summary>
    static byte[] Model(ulong modelType = 2, byte[]? charsMap = null, params string[] words)
    {
        var model = new ProtobufWriter()
            .Bytes(1, Piece("<unk>", 0, Unknown)).Bytes(1, Piece("<s>", 0, Control)).Bytes(1, Piece("</s>", 0, Control))
            .Bytes(1, Piece("<tool>", 0, UserDefined));
        for (var value = 0; value < 256; value++)
            model.Bytes(1, Piece($"<0x{value:X2}>", 0, Byte));
        var score = -1f;
        foreach (var word in words)
            model.Bytes(1, Piece(word, score--, Normal));
        foreach (var letter in "\u2581ab!</s>")
            if (!"s".Contains(letter) || !words.Contains("s"))
                model.Bytes(1, Piece(letter.ToString(), -100, Normal));
        model.Bytes(2, new ProtobufWriter().Number(3, modelType).ToArray());
        var normalizer = new ProtobufWriter().Text(1, "identity").Bytes(2, charsMap ?? []).Number(3, 1);
        return model.Bytes(3, normalizer.ToArray()).ToArray();
    }

    static Tokenizer Load(byte[] model, string? config = null)
    {
        using var folder = new TemporaryFolder().With("tokenizer.model", model);
        if (config is not null)
            folder.With("tokenizer_config.json", config);
        return Tokenizer.Load(folder.Path);
    }

    static string[] Tokens(Tokenizer tokenizer, string text, bool special = false, bool parse = true) =>
        [.. tokenizer.Encode(text, special, parse).Select(id => tokenizer.IdToToken(id)!)];

    [Fact]
    public void Pieces_of_better_score_are_merged_first()
    {
        Assert.Equal(["\u2581a", "ba", "b"], Tokens(Load(Model(words: ["\u2581a", "ba", "ab"])), "abab"));
        Assert.Equal(["\u2581", "ab", "ab"], Tokens(Load(Model(words: ["ab", "ba", "\u2581a"])), "abab"));
    }

    [Fact]
    public void Equal_merges_are_done_from_the_left()
    {
        // The library's own class goes from the right here.
        var tokenizer = Load(Model(words: ["!!", "!!!"]));
        Assert.Equal(["\u2581", "!!", "!!!"], Tokens(tokenizer, "!!!!!"));
        Assert.Equal(["\u2581", "!!!"], Tokens(tokenizer, "!!!"));
    }

    [Fact]
    public void Special_pieces_frame_a_text_and_are_found_in_it()
    {
        var tokenizer = Load(Model(words: ["\u2581a"]));
        Assert.Equal(("<s>", 1, "</s>", 2, "<unk>"),
            (tokenizer.BosToken, tokenizer.BosTokenId, tokenizer.EosToken, tokenizer.EosTokenId, tokenizer.UnkToken));
        Assert.Equal(["<s>", "\u2581a", "</s>", "<tool>"], Tokens(tokenizer, "a</s><tool>", special: true));
        Assert.Equal(["\u2581a", "<", "/", "s", ">", "<tool>"], Tokens(tokenizer, "a</s><tool>", parse: false));
        Assert.Equal(["\u2581a"], Tokens(Load(Model(words: ["\u2581a"]), """{"add_bos_token":false}"""), "a", special: true));
        Assert.Equal(["<s>", "\u2581a", "</s>"],
            Tokens(Load(Model(words: ["\u2581a"]), """{"add_eos_token":true}"""), "a", special: true));
    }

    [Theory]
    [InlineData(null, "\u2581a|</s>|\u2581|b")]
    [InlineData("""{"legacy":true}""", "\u2581a|</s>|\u2581|b")]
    [InlineData("""{"legacy":false}""", "\u2581a|</s>|b")]
    [InlineData("""{"legacy":false,"add_prefix_space":false}""", "a|</s>|b")]
    public void The_legacy_rule_puts_a_blank_after_special_tokens_too(string? config, string expected) =>
        Assert.Equal(expected.Split('|'), Tokens(Load(Model(words: ["\u2581a"]), config), "a</s>b"));

    [Fact]
    public void Unknown_characters_are_spelled_in_bytes_and_come_back()
    {
        var tokenizer = Load(Model(words: ["\u2581a"]));
        Assert.Equal(["\u2581a", "<0xC3>", "<0xA9>"], Tokens(tokenizer, "a\u00E9"));
        Assert.Equal("a\u00E9  b\U0001F600", tokenizer.Decode(tokenizer.Encode("a\u00E9  b\U0001F600")));
    }

    [Fact]
    public void The_configuration_adds_tokens()
    {
        var tokenizer = Load(Model(), """{"added_tokens_decoder":{"268":{"content":"<|im_end|>","special":true,"normalized":false}}}""");
        Assert.Equal(268, tokenizer.TokenToId("<|im_end|>"));
        Assert.Equal(["\u2581", "a", "<|im_end|>"], Tokens(tokenizer, "a<|im_end|>"));
    }

    [Theory]
    [InlineData(1, "model type 1")]
    [InlineData(3, "model type 3")]
    public void Other_model_types_are_refused(int type, string fault) =>
        Assert.Contains(fault, Assert.Throws<ModelLoadException>(() => Load(Model((ulong)type))).Message);

    [Fact]
    public void A_character_map_is_refused() =>
        Assert.Contains("character map", Assert.Throws<ModelLoadException>(() => Load(Model(charsMap: [1, 2, 3]))).Message);

    [Fact]
    public void A_cut_or_damaged_file_is_refused_or_read_but_never_crashes()
    {
        var whole = Model(words: ["ab", "\u2581a"]);
        var random = new Random(8);
        for (var round = 0; round < 300; round++)
        {
            var damaged = whole.ToArray();
            if (round % 2 == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            else
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Load(damaged).Encode("ab! \u4E00", addSpecialTokens: true);
            }
            catch (ModelLoadException fault)
            {
                Assert.Contains("tokenizer.model", fault.Message);
                Assert.DoesNotContain('\n', fault.Message);
            }
        }
    }

    [Fact]
    public void A_field_that_reaches_past_the_end_is_refused()
    {
        byte[] lying = [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
        Assert.Contains("past the end", Assert.Throws<ModelLoadException>(() => Load(lying)).Message);
        Assert.Contains("no pieces", Assert.Throws<ModelLoadException>(() => Load([])).Message);
    }
}
