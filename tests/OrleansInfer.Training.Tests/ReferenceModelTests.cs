using OrleansInfer.Models;
using TorchSharp;

namespace OrleansInfer.Training.Tests;

public sealed class ReferenceModelTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("reference-").FullName;

    public static TheoryData<string> Families => ["tied", "untied", "one head each", "biases everywhere", "Qwen2", "Qwen3"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_equal_those_of_scalar_loops(string family)
    {
        var config = Config(family);
        using var model = new ReferenceModel(config, TinyTraining.RandomWeights(config));
        int[] ids = [3, 39, 0, 17, 17, 5, 21];
        var expected = new ScalarModel(config, model.Weights.ToDictionary(w => w.Key, w => Doubles(w.Value))).Logits(ids);
        var actual = model.Logits(ids);
        for (var t = 0; t < ids.Length; t++)
            for (var v = 0; v < config.VocabSize; v++)
                Assert.Equal(expected[t][v], actual[t, v], tolerance: 2e-4);
    }

    [Fact]
    public void A_norm_divides_by_the_root_of_the_mean_square()
    {
        using var x = torch.tensor(new float[] { 3, 4 });
        using var weight = torch.tensor(new float[] { 1, 10 });
        using var normed = ReferenceModel.RmsNorm(x, weight, epsilon: 0);
        Assert.Equal(3 / Math.Sqrt(12.5), normed[0].ToDouble(), 1e-6);
        Assert.Equal(40 / Math.Sqrt(12.5), normed[1].ToDouble(), 1e-6);
    }

    [Fact]
    public void A_checkpoint_folder_reads_back_as_the_model_rounded_to_bfloat16()
    {
        var vocabulary = BpeTrainer.Train(["ab ab"], 257 + 3, [new(ChatFormat.TurnEnd, true), new(ChatFormat.EndOfText, true)]);
        var config = TinyTraining.Config with { VocabSize = vocabulary.Count };
        using var model = new ReferenceModel(config, TinyTraining.RandomWeights(config));
        CheckpointFolder.Write(_folder, model, vocabulary);
        using var read = ReferenceModel.Load(_folder);
        Assert.Equal(config.Rope, read.Config.Rope);
        Assert.Equal(config.RmsNormEps, read.Config.RmsNormEps);
        Assert.All(model.Weights, w =>
            Assert.Equal(w.Value.to(torch.ScalarType.BFloat16).to(torch.ScalarType.Float32).bytes, read.Weights[w.Key].bytes));
    }

    [Fact]
    public void A_tensor_that_config_does_not_fit_is_named()
    {
        var vocabulary = BpeTrainer.Train(["ab ab"], 257 + 3, [new(ChatFormat.TurnEnd, true), new(ChatFormat.EndOfText, true)]);
        var config = TinyTraining.Config;
        using var model = new ReferenceModel(config, TinyTraining.RandomWeights(config));
        CheckpointFolder.Write(_folder, model, vocabulary);
        var path = Path.Combine(_folder, "config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"intermediate_size\": 48", "\"intermediate_size\": 50"));
        var fault = Assert.Throws<ModelLoadException>(() => ReferenceModel.Load(_folder));
        Assert.Contains("mlp.gate_proj.weight", fault.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static ModelConfig Config(string family) => family switch
    {
        "tied" => TinyTraining.Config,
        "untied" => TinyTraining.Config with { TieWordEmbeddings = false },
        "one head each" => TinyTraining.Config with { NumKeyValueHeads = 4 },
        "biases everywhere" => TinyTraining.Config with { QkvBias = true, OutputBias = true, MlpBias = true },
        "Qwen2" => TinyTraining.Config with { Architecture = "Qwen2ForCausalLM", QkvBias = true },
        "Qwen3" => TinyTraining.Config with { Architecture = "Qwen3ForCausalLM", QkNorm = true, HeadDim = 32 },
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    static double[] Doubles(torch.Tensor tensor) => [.. tensor.data<float>().ToArray().Select(v => (double)v)];
}
