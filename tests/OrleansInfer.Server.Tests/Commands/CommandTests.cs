using System.Text.Json;

namespace OrleansInfer.Server.Tests;

public sealed class CommandTests : IDisposable
{
    readonly TempFolder _folder = new();
    readonly string _model;

    public CommandTests() => _model = TinyModel.Write(_folder.File("tiny"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tokenize_needs_no_weights_and_knows_special_tokens()
    {
        foreach (var file in (string[])["model.safetensors", "config.json", "generation_config.json"]) File.Delete(
            Path.Combine(_model, file));
        var (code, output, error) = await ServerProgramFile.Run("""["caf\u00e9", "", "<|im_end|>a"]""", "tokenize", "--model", _model);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal([[99, 97, 102, 195, 169], [], [258, 97]], JsonSerializer.Deserialize<int[][]>(output)!);
    }

    [Fact]
    public async Task Render_writes_the_prompt_and_nothing_else()
    {
        foreach (var file in (string[])["model.safetensors", "config.json", "tokenizer.json"]) File.Delete(Path.Combine(_model, file));
        var (code, output, error) = await ServerProgramFile.Run(
            """{"messages":[{"role":"user","content":"caf\u00e9\r\n\ud83d\ude00"}],"add_generation_prompt":true}""", "render", "--model",
                _model);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal("<|im_start|>user\ncaf\u00e9\r\n\ud83d\ude00<|im_end|>\n<|im_start|>assistant\n", output);
    }

    [Fact]
    public async Task Generate_prints_JSON_alone_and_repeats_itself()
    {
        string[] args = ["generate", "--model", _model, "--prompt", "once", "--max-tokens", "12", "--dtype", "float32", "--json"];
        var (code, output, _) = await ServerProgramFile.Run("", args);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(["prompt_token_ids", "token_ids", "text", "finish_reason"],
            json.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal([111, 110, 99, 101], json.RootElement.GetProperty("prompt_token_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal(12, json.RootElement.GetProperty("token_ids").GetArrayLength());
        Assert.Equal("length", json.RootElement.GetProperty("finish_reason").GetString());
        Assert.Equal(output, (await ServerProgramFile.Run("", args)).Output);
        var plain = await ServerProgramFile.Run("", args[..^1]);
        Assert.Equal(json.RootElement.GetProperty("text").GetString() + "\n", plain.Output);
    }

    [Fact]
    public async Task Generate_follows_its_seed()
    {
        var texts = new List<string>();
        foreach (var seed in (string[])["1", "2", "1"])
            texts.Add((await ServerProgramFile.Run(
                "", "generate", "--model", _model, "--prompt", "x", "--temperature", "1", "--seed", seed)).Output);
        Assert.Equal(texts[0], texts[2]);
        Assert.NotEqual(texts[0], texts[1]);
    }

    [Fact]
    public async Task Quantize_writes_a_model_that_generates_as_quantizing_on_load_does()
    {
        var quantized = _folder.File("quantized");
        var (code, output, error) = await ServerProgramFile.Run("", "quantize", "--model", _model, "--to", "int8", "--output", quantized);
        Assert.Equal((0, $"{quantized} is int8.\n", ""), (code, output, error));
        string[] args = ["generate", "--prompt", "once", "--max-tokens", "12", "--json"];
        var once = await ServerProgramFile.Run("", [.. args, "--model", quantized]);
        var onLoad = await ServerProgramFile.Run("", [.. args, "--model", _model, "--quantization", "int8"]);
        Assert.Equal((0, onLoad.Output), (once.ExitCode, once.Output));
        Assert.Contains("\"token_ids\"", once.Output);
    }

    [Theory]
    [InlineData("--to,int8,--output,.", ".: there is something already")]
    [InlineData("--to,int9,--output,x", "'int9'")]
    [InlineData("--to,none,--output,x", "nothing")]
    [InlineData("--to,int8,--keep,head=none,--output,x", "'head'")]
    [InlineData("--to,int8", "--output")]
    public async Task Quantize_refuses_in_one_line(string args, string named)
    {
        var error = new StringWriter();
        Assert.Equal(2, await CommandLine.Run(["quantize", "--model", _model, .. args.Split(',')], error));
        AssertOneLine(error.ToString(), named);
    }

    public static TheoryData<string, Action<string>, string[]> BrokenFolders => new()
    {
        { "missing folder", folder => Directory.Delete(folder, true), ["tiny"] },
        { "missing config", folder => File.Delete(Path.Combine(folder, "config.json")), ["config.json"] },
        { "missing weights", folder => File.Delete(Path.Combine(folder, "model.safetensors")), ["model.safetensors"] },
        { "missing tokenizer", folder => File.Delete(Path.Combine(folder, "tokenizer.json")), ["tokenizer"] },
        { "unknown architecture", folder =>
            Replace(folder, "config.json", "LlamaForCausalLM", "MambaForCausalLM"), ["config.json", "MambaForCausalLM"] },
        { "wrong shape", folder => Replace(folder, "config.json", "\"intermediate_size\":128", "\"intermediate_size\":96"),
            ["model.safetensors", "mlp"] },
        { "truncated weights", folder => Truncate(Path.Combine(folder, "model.safetensors"), 1000), ["model.safetensors"] },
        { "no weights at all", folder => Truncate(Path.Combine(folder, "model.safetensors"), 3), ["model.safetensors"] },
        { "broken JSON", folder => File.WriteAllText(Path.Combine(folder, "config.json"), "{"), ["config.json"] },
    };

    [Theory]
    [MemberData(nameof(BrokenFolders), DisableDiscoveryEnumeration = true)]
    public async Task A_folder_that_is_no_model_is_one_line_and_exit_code_2(string fault, Action<string> damage, string[] named)
    {
        damage(_model);
        foreach (var args in (string[][])[["--model", _model, "--data", _folder.File("data"), "--urls", "http://127.0.0.1:0"],
            ["generate", "--model", _model, "--prompt", "x"]])
        {
            var error = new StringWriter();
            Assert.True(await CommandLine.Run(args, error) == 2, $"{fault}: {error}");
            AssertOneLine(error.ToString(), named);
        }
    }

    [Theory]
    [InlineData("--urls,ftp://x", "ftp://x")]
    [InlineData("--urls,nonsense", "nonsense")]
    [InlineData("--urls,http://192.0.2.1:5080", "192.0.2.1")]
    [InlineData("--dtype,int8", "int8")]
    [InlineData("--quantization,int3", "int3")]
    [InlineData("--quantization,int4,--keep,layers.9.*=int8", "layers.9.*")]
    [InlineData("--max-num-seqs,0", "MaxNumSeqs")]
    [InlineData("--max-num-waiting,0", "MaxNumWaiting")]
    [InlineData("--max-num-seqs,many", "many")]
    [InlineData("--max-model-len,100000", "--max-model-len")]
    [InlineData("--block-size,10", "BlockSize")]
    [InlineData("--kv-cache-mib,16000000", "does not fit")]
    [InlineData("--retention,soon", "soon")]
    [InlineData("--unheard-of,1", "--unheard-of")]
    [InlineData("tokenise,--model,x", "tokenise")]
    public async Task A_bad_option_is_one_line_and_exit_code_2(string args, string named)
    {
        var error = new StringWriter();
        string[] defaults = ["--model", _model, "--data", _folder.File("data")];
        // Not the usual port: somebody's server may have it.
        if (!args.StartsWith("--urls", StringComparison.Ordinal)) defaults = [.. defaults, "--urls", "http://127.0.0.1:0"];
        Assert.Equal(2, await CommandLine.Run([.. args.Split(','), .. defaults], error));
        AssertOneLine(error.ToString(), named);
    }

    [Fact]
    public async Task The_program_says_what_it_refuses_on_the_standard_error_alone()
    {
        File.Delete(Path.Combine(_model, "model.safetensors"));
        var (code, output, error) = await ServerProgramFile.Run(
            "", "--model", _model, "--data", _folder.File("data"), "--urls", "http://127.0.0.1:0");
        Assert.Equal((2, ""), (code, output));
        AssertOneLine(error, "model.safetensors");
    }

    [Theory]
    [InlineData("tokenize", "[1]")]
    [InlineData("tokenize", "{}")]
    [InlineData("tokenize", "[\"\\ud800\"]")]
    [InlineData("tokenize", "")]
    [InlineData("render", "[]")]
    [InlineData("render", "{\"messages\":5}")]
    public async Task Bad_input_is_one_line_and_exit_code_2(string verb, string input)
    {
        var (code, _, error) = await ServerProgramFile.Run(input, verb, "--model", _model);
        Assert.Equal(2, code);
        AssertOneLine(error);
    }

    static void AssertOneLine(string error, params string[] named)
    {
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain("   at ", error);
        Assert.All(named, name => Assert.Contains(name, error));
    }

    static void Replace(string folder, string file, string old, string with)
    {
        var path = Path.Combine(folder, file);
        File.WriteAllText(path, File.ReadAllText(path).Replace(old, with));
    }

    static void Truncate(string path, long length)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(length);
    }
}
