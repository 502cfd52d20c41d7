using System.Text.Json.Nodes;
using OrleansInfer.Kernels;
using static TorchSharp.torch;

namespace OrleansInfer.Models.Tests;

/// <summary>Checkpoints that were quantized once against those that are quantized when they are loaded.</summary>
public sealed class QuantizedCheckpointTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _output;

    public QuantizedCheckpointTests() => _output = Path.Combine(_folder.Path, "quantized");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("int8", null)]
    [InlineData("int8-weight-only", null)]
    [InlineData("int4", "lm_head=none")]
    [InlineData("int4-g64-asym", null)]
    [InlineData("int4-g128-asym", "layers.0.*=int8,layers.1.mlp.down_proj=bfloat16,layers.2.self_attn.o_proj=int4-asym")]
    [InlineData("none", "layers.1.*=int8-weight-only")]
    public void The_written_integers_are_those_of_quantizing_on_load(string quantization, string? keep)
    {
        using var source = new RandomCheckpoint("LlamaForCausalLM", type: ScalarType.BFloat16);
        var asked = ModelQuantization.Parse(quantization, keep);
        QuantizedCheckpointWriter.Write(source.Folder, _output, asked);
        var (config, original) = (ModelConfig.Load(_output), ModelConfig.Load(source.Folder));
        using var weights = Checkpoint.Open(_output);
        using var unquantized = Checkpoint.Open(source.Folder);
        var formats = new LinearFormats(weights, config, ModelQuantization.None);
        var expected = new LinearFormats(unquantized, original, asked);
        foreach (var part in NetworkLinears.All(config).SelectMany(parts => parts))
        {
            Assert.Equal(expected.Of(part), formats.Of(part));
            if (config.Stored!.FormatOf(weights, part) is not { } format) continue;
            using var read = config.Stored.Read(weights, part);
            using var matrix = QuantizedMatrix.Quantize(unquantized.Get($"{part.Name}.weight", part.Rows, part.Columns), format);
            for (var row = 0; row < matrix.Rows; row++)
            {
                Assert.Equal(matrix.Values(row), read.Matrix.Values(row));
                Assert.Equal(matrix.Scales(row), read.Matrix.Scales(row));
                Assert.Equal(matrix.ZeroPoints(row), read.Matrix.ZeroPoints(row));
            }
        }
    }

    [Theory]
    [InlineData("LlamaForCausalLM", true, "int8", null)]
    [InlineData("Qwen2ForCausalLM", false, "int8", "layers.0.*=none")]
    [InlineData("LlamaForCausalLM", true, "int4", null)]
    [InlineData("Qwen3ForCausalLM", true, "int8-weight-only", "lm_head=bfloat16")]
    [InlineData("Qwen2ForCausalLM", false, "int4-g64-asym", "layers.2.*=int8,layers.0.mlp.down_proj=none,lm_head=int4")]
    public void A_written_checkpoint_gives_the_bits_of_quantizing_on_load(string architecture, bool tied, string quantization, string? keep)
    {
        using var source = new RandomCheckpoint(architecture, tied, type: ScalarType.BFloat16);
        var asked = ModelQuantization.Parse(quantization, keep);
        QuantizedCheckpointWriter.Write(source.Folder, _output, asked);
        Assert.Equal(Logits(source.Folder, asked), Logits(_output, ModelQuantization.None));
        Assert.NotEqual(Logits(source.Folder, ModelQuantization.None), Logits(_output, ModelQuantization.None));
    }

    [Fact]
    public void A_large_checkpoint_is_cut_into_files_and_everything_else_comes_along()
    {
        using var source = new RandomCheckpoint("Qwen3ForCausalLM", type: ScalarType.BFloat16);
        File.WriteAllText(Path.Combine(source.Folder, "tokenizer.json"), "{}");
        File.WriteAllText(Path.Combine(source.Folder, "pytorch_model.bin"), "pickle");
        var shares = new List<double>();
        QuantizedCheckpointWriter.Write(source.Folder, _output, ModelQuantization.Parse("int4"), shares.Add, shardBytes: 50_000);
        var files = Directory.GetFiles(_output, "model-*.safetensors").Select(path => Path.GetFileName(path)!).Order().ToArray();
        Assert.True(files.Length > 2);
        Assert.Equal($"model-00001-of-{files.Length:d5}.safetensors", files[0]);
        Assert.Equal(files.Length + 3, Directory.GetFiles(_output).Length); // their index, config.json, tokenizer.json
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
        using var weights = Checkpoint.Open(_output);
        foreach (var tensor in weights.Tensors)
            Assert.Equal(0, tensor.Data % (nint)SafetensorsTensor.SizeOf(tensor.Type)!.Value);
    }

    [Fact]
    public void The_configuration_is_the_one_that_other_programs_read()
    {
        using var source = new RandomCheckpoint("LlamaForCausalLM", tied: true);
        QuantizedCheckpointWriter.Write(source.Folder, _output, ModelQuantization.Parse("int4-g64-asym"));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(_output, "config.json")))!;
        var before = JsonNode.Parse(File.ReadAllText(Path.Combine(source.Folder, "config.json")))!.AsObject();
        foreach (var (name, value) in before) Assert.True(JsonNode.DeepEquals(value, config[name]), name);
        Assert.Equal("int8", (string?)config["orleansinfer"]!["lm_head"]);
        Assert.True(JsonNode.DeepEquals(config["quantization_config"], JsonNode.Parse("""
            {
              "config_groups": {"group_0": {
                "targets": ["Linear"],
                "weights": {"num_bits": 4, "type": "int", "symmetric": false, "strategy": "group", "group_size": 64,
                  "block_structure": null, "dynamic": false, "actorder": null, "observer": "minmax", "observer_kwargs": {}},
                "input_activations": null, "output_activations": null
              }},
              "format": "pack-quantized", "global_compression_ratio": null, "ignore": ["lm_head"], "kv_cache_scheme": null,
              "quant_method": "compressed-tensors", "quantization_status": "compressed"
            }
            """)));
    }

    [Fact]
    public void Mixtures_name_every_module_and_the_layout_of_every_group()
    {
        using var source = new RandomCheckpoint("LlamaForCausalLM");
        QuantizedCheckpointWriter.Write(source.Folder, _output, ModelQuantization.Parse("int4", "layers.0.*=int8,layers.1.*=none"));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(_output, "config.json")))!["quantization_config"]!;
        Assert.Equal("mixed-precision", (string?)config["format"]);
        var groups = config["config_groups"]!.AsObject().Select(group => group.Value!).ToList();
        Assert.Equal(["int-quantized", "pack-quantized"], groups.Select(group => (string?)group["format"]));
        Assert.Equal([7, 7], groups.Select(group => group["targets"]!.AsArray().Count));
        Assert.Equal("model.layers.2.mlp.down_proj", (string?)groups[1]["targets"]!.AsArray()[^1]);
        Assert.Equal(8, config["ignore"]!.AsArray().Count);
    }

    [Fact]
    public void Nothing_is_overwritten_and_nothing_half_written_stays()
    {
        using var source = new RandomCheckpoint("LlamaForCausalLM");
        var int8 = ModelQuantization.Parse("int8");
        Directory.CreateDirectory(_output);
        File.WriteAllText(Path.Combine(_output, "mine"), "");
        Assert.Contains("there is something already", Refusal(int8));
        File.Delete(Path.Combine(_output, "mine"));
        Assert.Contains("nothing", Refusal(ModelQuantization.None));
        Assert.Contains("no linear", Refusal(ModelQuantization.Parse("int8", "nowhere=int4")));
        Assert.Throws<InvalidOperationException>(() => QuantizedCheckpointWriter.Write(source.Folder, _output, int8, BreakOff));
        Assert.Equal([_output], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Empty(Directory.GetFileSystemEntries(_output));
        QuantizedCheckpointWriter.Write(source.Folder, _output, int8); // into an empty folder it goes
        var again = Assert.Throws<ModelLoadException>(() => QuantizedCheckpointWriter.Write(_output, _output + "2", int8));
        Assert.Contains("quantized already, as int8 (compressed-tensors)", again.Message);

        static void BreakOff(double done)
        {
            if (done > 0.5) throw new InvalidOperationException();
        }

        string Refusal(ModelQuantization asked) =>
            Assert.Throws<ModelLoadException>(() => QuantizedCheckpointWriter.Write(source.Folder, _output, asked)).Message;
    }

    [Fact]
    public void A_quantized_checkpoint_is_not_quantized_again_but_its_head_may_be()
    {
        using var source = new RandomCheckpoint("LlamaForCausalLM", tied: true);
        QuantizedCheckpointWriter.Write(source.Folder, _output, ModelQuantization.Parse("int8"));
        using var weights = Checkpoint.Open(_output);
        var config = ModelConfig.Load(_output);
        Assert.Contains("quantized already, as int8 (compressed-tensors)", Refusal("int4", null));
        Assert.Contains("layers.0.self_attn.q_proj is quantized in the checkpoint already, as int8", Refusal("none", "layers.0.*=int4"));
        Assert.Equal(LinearQuantization.Int8, Head(null));
        Assert.Equal(LinearQuantization.Int8WeightOnly, Head("lm_head=int8-weight-only"));
        Assert.Null(Head("lm_head=bfloat16"));

        LinearQuantization? Head(string? keep) =>
            new LinearFormats(weights, config, ModelQuantization.Parse("none", keep)).Of(NetworkLinears.Head(config));

        string Refusal(string quantization, string? keep) => Assert.Throws<ModelLoadException>(() =>
            new LinearFormats(weights, config, ModelQuantization.Parse(quantization, keep))).Message;
    }

    static float[] Logits(string folder, ModelQuantization quantization)
    {
        using var kernels = CpuKernels.Create();
        using var model = CausalLM.Load(Checkpoint.Open(folder), ModelConfig.Load(folder), kernels, DataType.BFloat16, quantization);
        model.AllocateKvCache(numBlocks: 4, blockSize: 16);
        var batch = new ForwardBatch(64, 1);
        var random = new Random(1);
        int[] ids = [.. Enumerable.Range(0, 40).Select(_ => random.Next(RandomCheckpoint.Vocabulary))];
        batch.Add(ids, 0, [0, 1, 2], numLogits: ids.Length);
        return model.Forward(batch).ToArray();
    }
}
