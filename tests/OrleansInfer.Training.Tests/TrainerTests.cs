using TorchSharp;

namespace OrleansInfer.Training.Tests;

public sealed class TrainerTests
{
    [Fact]
    public void Loss_falls_far_below_a_uniform_guess_on_a_corpus_that_is_easily_learned()
    {
        using var trainer = TinyTraining.Start();
        var first = trainer.Step();
        var last = first;
        while (trainer.StepsDone < trainer.Options.Steps)
            last = trainer.Step();
        Assert.InRange(first, 3.4, 4.0); // ln 40 = 3.69
        Assert.InRange(last, 0, 1.5);
    }

    [Theory]
    [InlineData("model.embed_tokens.weight", 70)]
    [InlineData("model.layers.0.self_attn.q_proj.weight", 5)]
    [InlineData("model.layers.1.self_attn.k_proj.weight", 99)]
    [InlineData("model.layers.1.mlp.down_proj.weight", 41)]
    [InlineData("model.layers.0.input_layernorm.weight", 3)]
    public void The_gradient_is_the_slope_of_the_loss(string name, int index)
    {
        using var model = new ReferenceModel(TinyTraining.Config, TinyTraining.RandomWeights(TinyTraining.Config));
        using var ids = torch.tensor(Enumerable.Range(1, 20).Select(i => (long)i).ToArray()).unsqueeze(0);
        var weight = model.Weights[name];
        Trainer.Loss(model, ids).backward();
        var slope = weight.grad!.flatten()[index].ToDouble();

        const float step = 1e-3f;
        double LossAt(float shift)
        {
            using var noGradients = torch.no_grad();
            weight.view(-1)[index].add_(shift);
            var loss = Trainer.Loss(model, ids).ToDouble();
            weight.view(-1)[index].add_(-shift);
            return loss;
        }
        Assert.True(Math.Abs(slope) > 5e-3, $"{slope} is too flat to tell anything.");
        Assert.Equal((LossAt(step) - LossAt(-step)) / (2 * step), slope, tolerance: 5e-4);
    }

    [Fact]
    public void Learning_rate_rises_to_its_peak_and_falls_to_a_twentieth()
    {
        var options = new TrainingOptions { Steps = 100, WarmUpSteps = 10, PeakLearningRate = 1e-3 };
        Assert.Equal(1e-4, options.LearningRate(1), 1e-12);
        Assert.Equal(1e-3, options.LearningRate(10), 1e-12);
        Assert.Equal(5e-5, options.LearningRate(100), 1e-12);
        Assert.All(Enumerable.Range(10, 90), step => Assert.True(options.LearningRate(step) > options.LearningRate(step + 1)));
    }

    [Fact]
    public void Perplexity_of_a_model_that_knows_nothing_is_the_size_of_its_vocabulary()
    {
        using var trainer = TinyTraining.Start();
        var weights = trainer.Model.Weights["model.embed_tokens.weight"];
        using (torch.no_grad())
            weights.zero_();
        Assert.Equal(40, Evaluator.Perplexity(trainer.Model, TinyTraining.Corpus.Plain, maxTokens: 64), tolerance: 1e-3);
    }
}
