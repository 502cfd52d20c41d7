using OrleansInfer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training.Tests;

/// <summary>A model of a few thousand weights and a corpus of a few dialogues: a step takes milliseconds.</summary>
internal static class TinyTraining
{
    public static ModelConfig Config { get; } = DemoModel.Config with
    {
        VocabSize = 40,
        HiddenSize = 32,
        IntermediateSize = 48,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 16,
        MaxModelLen = 64,
    };

    public static TrainingOptions Options { get; } = new()
    {
        Steps = 60,
        Seed = 3,
        BatchSize = 4,
        WindowLength = 24,
        WarmUpSteps = 5,
        PeakLearningRate = 1e-2,
    };

    /// <summary>Documents that count upwards from a random start: what comes next is easily learned.</summary>
    public static TokenizedCorpus Corpus { get; } = new(Counting(new Random(1), 20, 30), Counting(new Random(2), 20, 9));

    public static Trainer Start() => new(new(Config, WeightShapes.Initialize(Config, Options.Seed)), Corpus, Options);

    /// <summary>Larger than a fresh model's, norms and biases too, so that no term vanishes in a tolerance.</summary>
    public static Dictionary<string, Tensor> RandomWeights(ModelConfig config)
    {
        using var generator = new Generator(7);
        return WeightShapes.Of(config).ToDictionary(w => w.Name, w =>
        {
            using var scope = NewDisposeScope();
            var sample = randn(w.Shape, generator: generator) * 0.3;
            var isNorm = w.Name.EndsWith("norm.weight", StringComparison.Ordinal);
            return (isNorm ? sample + 1 : sample).requires_grad_().MoveToOuterDisposeScope();
        });
    }

    static int[][] Counting(Random random, int count, int maxLength) =>
    [
        .. Enumerable.Range(0, count).Select(_ =>
        {
            var first = random.Next(Config.VocabSize);
            return Enumerable.Range(first, random.Next(2, maxLength)).Select(id => id % Config.VocabSize).ToArray();
        }),
    ];
}
