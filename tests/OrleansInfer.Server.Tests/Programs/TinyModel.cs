using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>
/// A Hugging Face folder with seeded random weights: two layers of Llama over a byte-level vocabulary. It answers with letters, never
/// ends by itself, and every weight counts: two prompts get two answers.
/// </summary>
internal static class TinyModel
{
    const int Hidden = 64, Layers = 2, Heads = 4, KvHeads = 2, HeadDim = 16, Intermediate = 128, MaxPositions = 2048;

    const int Eos = 256, ImStart = 257, ImEnd = 258, Vocabulary = 259;

    const string Template =
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    static readonly string[] Specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

    public static string Write(string folder, int seed = 20260101)
    {
        Directory.CreateDirectory(folder);
        WriteJson(folder, "config.json", new
        {
            architectures = new[] { "LlamaForCausalLM" }, model_type = "llama", hidden_size = Hidden, num_hidden_layers = Layers,
            num_attention_heads = Heads, num_key_value_heads = KvHeads, head_dim = HeadDim, intermediate_size = Intermediate,
            vocab_size = Vocabulary, max_position_embeddings = MaxPositions, rope_theta = 10000.0, rms_norm_eps = 1e-6, hidden_act = "silu",
            tie_word_embeddings = false, bos_token_id = Eos, eos_token_id = Eos, torch_dtype = "float32", attention_bias = false,
        });
        WriteJson(folder, "generation_config.json", new { eos_token_id = new[] { Eos, ImEnd } });
        WriteJson(folder, "tokenizer_config.json", new
        {
            eos_token = Specials[0], add_bos_token = false, tokenizer_class = "PreTrainedTokenizerFast", chat_template = Template,
        });
        WriteTokenizer(folder);
        WriteWeights(Path.Combine(folder, "model.safetensors"), seed);
        return folder;
    }

    static void WriteTokenizer(string folder) => WriteJson(folder, "tokenizer.json", new Dictionary<string, object?>
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = Specials.Select((text, i) => new
        {
            id = Eos + i, content = text, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true,
        }),
        ["normalizer"] = null,
        ["pre_tokenizer"] = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
        ["post_processor"] = null,
        ["decoder"] = new { type = "ByteLevel", add_prefix_space = true, trim_offsets = true, use_regex = true },
        ["model"] = new
        {
            type = "BPE", dropout = (float?)null, unk_token = (string?)null, continuing_subword_prefix = "", end_of_word_suffix = "",
            fuse_unk = false, byte_fallback = false, vocab = ByteLetters(), merges = Array.Empty<string>(),
        },
    });

    // GPT-2's alphabet: a printable byte is its own letter, the others take the letters from U+0100 on.
    static Dictionary<string, int> ByteLetters()
    {
        var letters = new Dictionary<string, int>();
        var next = 256;
        for (var b = 0; b < 256; b++)
            letters[((char)(b is >= 33 and <= 126 or >= 161 and <= 172 or >= 174 ? b : next++)).ToString()] = b;
        return letters;
    }

    static void WriteWeights(string path, int seed)
    {
        var random = new Random(seed);
        var tensors = new List<(string Name, int[] Shape, float[] Values)>
        {
            Normal("model.embed_tokens.weight", random, 1, Vocabulary, Hidden), Ones("model.norm.weight"), Head(random),
        };
        for (var i = 0; i < Layers; i++) AddLayer(tensors, random, $"model.layers.{i}.");
        Save(path, tensors);
    }

    static void AddLayer(List<(string, int[], float[])> tensors, Random random, string layer)
    {
        tensors.Add(Ones(layer + "input_layernorm.weight"));
        tensors.Add(Ones(layer + "post_attention_layernorm.weight"));
        foreach (var (name, rows, columns) in (ReadOnlySpan<(string, int, int)>)
        [
            ("self_attn.q_proj", Heads * HeadDim, Hidden), ("self_attn.k_proj", KvHeads * HeadDim, Hidden),
            ("self_attn.v_proj", KvHeads * HeadDim, Hidden), ("self_attn.o_proj", Hidden, Heads * HeadDim),
            ("mlp.gate_proj", Intermediate, Hidden), ("mlp.up_proj", Intermediate, Hidden), ("mlp.down_proj", Hidden, Intermediate),
        ])
            tensors.Add(Normal($"{layer}{name}.weight", random, 1.2f / MathF.Sqrt(columns), rows, columns));
    }

    // Only letters, spaces and the two bytes of an e with an acute accent are ever likely: the other rows stay zero.
    static (string, int[], float[]) Head(Random random)
    {
        var head = Normal("lm_head.weight", random, 0.6f, Vocabulary, Hidden);
        for (var token = 0; token < Vocabulary; token++)
            if (token is not (' ' or 0xC3 or 0xA9) && (token > 255 || !char.IsAsciiLetter((char)token)))
                head.Values.AsSpan(token * Hidden, Hidden).Clear();
        return head;
    }

    static (string Name, int[] Shape, float[] Values) Normal(string name, Random random, float scale, int rows, int columns)
    {
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
            values[i] = scale * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return (name, [rows, columns], values);
    }

    static (string, int[], float[]) Ones(string name) => (name, [Hidden], Enumerable.Repeat(1f, Hidden).ToArray());

    static void Save(string path, List<(string Name, int[] Shape, float[] Values)> tensors)
    {
        var header = new Dictionary<string, object>();
        long offset = 0;
        foreach (var (name, shape, values) in tensors)
        {
            header[name] = new { dtype = "F32", shape, data_offsets = new[] { offset, offset + 4L * values.Length } };
            offset += 4L * values.Length;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        using var file = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        foreach (var (_, _, values) in tensors) file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values));
    }

    static void WriteJson(string folder, string name, object value) =>
        File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(value), new UTF8Encoding(false));
}
