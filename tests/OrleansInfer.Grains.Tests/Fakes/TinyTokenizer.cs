using System.Text;
using System.Text.Json;
using OrleansInfer.Models;

namespace OrleansInfer.Grains.Tests;

/// <summary>A tokenizer whose token ids are the bytes of UTF-8, and one more: the end of a sequence.</summary>
static class TinyTokenizer
{
    public const int Eos = 256, VocabSize = 257;

    const string Template =
        "{% for m in messages %}{% if m.role == 'villain' %}{{ raise_exception('no villains') }}{% endif %}"
        + "{{ m.role[0] }}:{{ m.content }}|{% endfor %}{% if add_generation_prompt %}a:{% endif %}";

    public static string WriteFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        var vocabulary = new Dictionary<string, int>();
        for (var b = 0; b < 256; b++) vocabulary.Add(Letter(b).ToString(), b);
        var byteLevel = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = false };
        var eos = new
        {
            id = Eos, content = "<eos>", single_word = false, lstrip = false, rstrip = false, normalized = false, special = true,
        };
        var tokenizer = new
        {
            version = "1.0",
            added_tokens = new[] { eos },
            pre_tokenizer = byteLevel,
            decoder = byteLevel,
            model = new { type = "BPE", fuse_unk = false, byte_fallback = false, vocab = vocabulary, merges = Array.Empty<string>() },
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), JsonSerializer.Serialize(tokenizer));
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(new { eos_token = "<eos>", chat_template = Template }));
        return folder;
    }

    public static string Text(IEnumerable<int> ids) => Encoding.UTF8.GetString([.. ids.Where(id => id < 256).Select(id => (byte)id)]);

    /// <summary>GPT-2's alphabet: printable bytes stand for themselves, the others for letters from U+0100 on.</summary>
    static char Letter(int value)
    {
        if (Printable(value)) return (char)value;
        var letter = 256;
        for (var b = 0; b < value; b++)
            if (!Printable(b)) letter++;
        return (char)letter;
    }

    static bool Printable(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
